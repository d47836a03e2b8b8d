"""The overview: every system with its verdicts, and all that is not proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.cards import tally
from proofbook.cards.elements import append, el, instant
from proofbook.cards.gates import gates

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.claims import Claim

#: The line of a page that the overview replaces.
MARKER = "<!-- proofbook: overview -->"


def overview(book: Book) -> Element:
    """The overview, for a page at the root of the runbooks."""
    systems: dict[str, list[Claim]] = {}
    for claim in book.claims.values():
        systems.setdefault(claim.system, []).append(claim)
    made = el("div", cls="pb-overview")
    if not systems:
        append(made, el("p", "No runbook states a claim yet."))
        return made
    rows = [row for system in sorted(systems) for row in _rows(system, systems[system], book)]
    append(made, tally.table(rows, "system", "claims", "on"))
    append(made, el("p", "Verdicts as of ", instant(book.now), ".", cls="pb-asof"))
    _append_damaged(made, book)
    if (shown := gates(book.decisions)) is not None:
        append(made, el("h2", "Gates", id="gates"), shown)
    append(made, el("h2", "What is not proved", id="what-is-not-proved"))
    for system in sorted(systems):
        missing = tally.unproved(systems[system], book, None)
        if missing is None:
            end = tally.until(systems[system], book)
            said = el("span", f"everything is proved{end}.", data_pb_all=system)
            append(made, el("p", el("strong", system), ": ", said, cls="pb-all"))
        else:
            summary = el("summary", el("strong", system), f": {len(missing)}")
            append(made, el("details", summary, missing, open="open"))
    return made


def _rows(system: str, claims: list[Claim], book: Book) -> list[Element]:
    """A row for each target on which the system's claims were run."""
    first = book.page_of(claims[0]).path
    index = f"runbooks/{system}/index.md"
    page = (index if index in book.runbooks else first).removeprefix("runbooks/")
    return [
        el(
            "tr",
            el("td", el("a", system, href=page)),
            el("td", str(len(claims)), cls="pb-size"),
            el("td", f"{target} ({kind})" if target else "never run"),
            *tally.counts(tally.on_target(claims, book, target)),
            data_pb_of=system,
            data_pb_target=target or "",
        )
        for target, kind in tally.targets(claims, book)
    ]


def _append_damaged(made: Element, book: Book) -> None:
    """Say what of the log is damaged, so that nobody takes what is left for the whole."""
    if book.damaged:
        runs = el("ul", *(el("li", str(problem)) for problem in book.damaged))
        summary = el("summary", f"The log is damaged, and passes nothing: {len(book.damaged)}")
        append(made, el("details", summary, runs, cls="pb-damaged", open="open"))
