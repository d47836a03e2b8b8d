"""What is due: every claim whose proof runs out by itself, in the order in which it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.cards.elements import append, badge, el, instant
from proofbook.cards.rehearsed import rehearsed
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim

#: The line of a page that the list replaces.
MARKER = "<!-- proofbook: due -->"


def due(book: Book) -> Element:
    """The list, for a page at the root of the runbooks: what has no proof now, then what ends first."""
    drills = rehearsed(book)
    rows = [_row(claim, standing) for claim, standing in sorted(_ending(book), key=_order)]
    made = el("div", cls="pb-due")
    if not rows:
        append(made, el("p", "Nothing here runs out by itself."), *drills)
        return made
    heads = ("due", "claim", "now", "on")
    head = el("thead", el("tr", *(el("th", name) for name in heads)))
    append(made, el("table", head, el("tbody", *rows), cls="pb-tally"))
    append(made, *drills, el("p", "Verdicts as of ", instant(book.now), ".", cls="pb-asof"))
    return made


def _ending(book: Book) -> Iterator[tuple[Claim, Standing]]:
    """Claims that state how long their proof lasts, or that people answer, with each standing."""
    for claim in book.claims.values():
        if claim.valid_for or claim.by:
            yield from ((claim, standing) for standing in book.standings[claim.id])


def _order(item: tuple[Claim, Standing]) -> tuple[str, str, str]:
    claim, standing = item
    return _end(standing) or "", claim.id, standing.target or ""


def _end(standing: Standing) -> str | None:
    """When a pass ends; `None`: it is due now."""
    return standing.valid_until if standing.verdict is Verdict.PASS else None


def _row(claim: Claim, standing: Standing) -> Element:
    end = _end(standing)
    where = f"{standing.target} ({standing.kind})" if standing.target else "nowhere yet"
    page = claim.place.path.removeprefix("runbooks/")
    by = f" by {' and '.join(claim.by)}" if claim.by else ""
    return el(
        "tr",
        el("td", instant(end) if end else "now"),
        el("td", el("a", claim.id, href=f"{page}#{claim.id}"), by),
        el("td", badge(standing.verdict, standing.valid_until, standing.judged.flaky)),
        el("td", where),
        data_pb_due=claim.id,
        data_pb_target=standing.target or "",
    )
