"""How a page with claims opens: who owns it, whom to wake, and what on it is not proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.cards import tally
from proofbook.cards.elements import append, el, instant

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.claims import Runbook


def opening(runbook: Runbook, book: Book) -> Element:
    """The opening of a page."""
    made = el("div", cls="pb-opening", data_pb_page=runbook.path)
    people = [
        el("div", el("dt", name), el("dd", text))
        for name, text in (("Owner", runbook.owner), ("Escalation", runbook.escalation))
        if text
    ]
    if people:
        append(made, el("dl", *people))
    rows = []
    for target, kind in tally.targets(runbook.claims, book):
        place = f"on {target} ({kind})" if target else "never run"
        standings = tally.on_target(runbook.claims, book, target)
        cells = tally.counts(standings)
        row = el(
            "tr", el("td", place), *cells, data_pb_of=runbook.path, data_pb_target=target or ""
        )
        rows.append(row)
    append(made, tally.table(rows, f"{len(runbook.claims)} claims"))
    missing = tally.unproved(runbook.claims, book, runbook.path)
    if missing is None:
        said = f"Everything on this page is proved{tally.until(runbook.claims, book)}."
        append(made, el("p", said, cls="pb-all", data_pb_all=runbook.path))
    else:
        append(
            made,
            el(
                "details",
                el("summary", f"Not proved: {len(missing)}"),
                missing,
                open="open" if len(missing) <= _OPEN else None,
            ),
        )
    append(made, el("p", "Verdicts as of ", instant(book.now), ".", cls="pb-asof"))
    return made


#: A list of so many is shown at once; a longer one is opened.
_OPEN = 6
