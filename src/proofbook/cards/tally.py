"""How many claims have which verdict, for a page's opening and for the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.cards.elements import badge, colour, el, read
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.cards.elements import Content
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim

#: The verdicts that have a column; `waived` gets one where it occurs.
COLUMNS = (Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT, Verdict.STALE)


def on_target(claims: Iterable[Claim], book: Book, target: str | None) -> list[Standing | None]:
    """How each claim stands on one target; `None` for those that were never run there."""
    return [
        next((s for s in book.standings[claim.id] if s.target == target), None) for claim in claims
    ]


def targets(claims: Iterable[Claim], book: Book) -> list[tuple[str | None, str]]:
    """The targets, with their kinds, on which any of the claims was run; `None` alone where none was."""
    found = {
        (standing.target, standing.kind)
        for claim in claims
        for standing in book.standings[claim.id]
        if standing.target
    }
    return sorted(found) or [(None, "")]


def counts(standings: Sequence[Standing | None]) -> list[Element]:
    """A cell for each verdict, with the number of claims that have it; an unknown one is no verdict."""
    verdicts = [standing.verdict if standing else Verdict.NO_VERDICT for standing in standings]
    ends = [s.valid_until or "" for s in standings if s and s.is_ending]
    return [
        el(
            "td",
            str(verdicts.count(verdict)),
            cls=f"pb-count {colour(verdict, min(ends, default=None))}"
            + ("" if verdict in verdicts else " pb-none"),
            data_pb_count=str(verdict),
            data_pb_ends=" ".join(ends) if ends and verdict is Verdict.PASS else None,
        )
        for verdict in COLUMNS
    ]


def until(claims: Iterable[Claim], book: Book) -> str:
    """` until 1 Dec 2026, 12:00 UTC`: when the first pass runs out; empty where none does."""
    ends = [end for claim in claims if (end := book.ends(claim))]
    return f" until {read(min(ends))}" if ends else ""


def table(rows: Iterable[Element], *first: str) -> Element:
    """A table of tallies, under the names of its first columns."""
    heads = [el("th", name, cls="pb-size" if name == "claims" else None) for name in first]
    heads += [el("th", badge(verdict), cls="pb-count") for verdict in COLUMNS]
    return el("table", el("thead", el("tr", *heads)), el("tbody", *rows), cls="pb-tally")


def unproved(claims: Iterable[Claim], book: Book, page: str | None) -> Element | None:
    """
    The claims that are not proved everywhere, each with its reason; `None` where all are.

    The worst come first. Links are written as a page at the root of the runbooks writes them, or within `page` itself.
    """
    found = [
        (claim, standing)
        for claim in claims
        for standing in book.standings[claim.id]
        if standing.verdict not in (Verdict.PASS, Verdict.WAIVED)
    ]
    found.sort(key=lambda item: PRECEDENCE.index(item[1].verdict))
    items = [_unproved(claim, standing, page) for claim, standing in found]
    return el("ul", *items, cls="pb-unproved") if items else None


def _unproved(claim: Claim, standing: Standing, page: str | None) -> Element:
    """A claim that is not proved on some target, and why."""
    path = claim.place.path
    where = "" if path == page else path.removeprefix("runbooks/")
    content: list[Content] = [el("a", claim.id, href=f"{where}#{claim.id}"), f": {standing.reason}"]
    if standing.target:
        content.append(el("span", f" on {standing.target}", cls="pb-where"))
    return el("li", badge(standing.verdict), el("span", *content), data_pb_unproved=claim.id)
