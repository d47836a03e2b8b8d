"""The evidence: every run that the log holds, with who signed it and where its chain ends."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from proofbook.cards.elements import append, el, instant
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.log import Testimony

#: The line of a page that the list replaces.
MARKER = "<!-- proofbook: evidence -->"
#: So many of the last runs are listed.
_LISTED = 200
_SHORT = 12


def chronicle(book: Book) -> Element:
    """The runs, the newest first; those with a planted fault are counted and not listed."""
    judged = [each for each in book.testimonies if each.run.fault is None]
    planted = len(book.testimonies) - len(judged)
    made = el("div", cls="pb-chronicle")
    for damage in book.damaged:
        append(made, el("p", el("strong", "The log is damaged: "), str(damage)))
    if not judged:
        append(made, el("p", "The log holds no run that can be judged."))
    else:
        heads = ("run", "on", "release", "found", "signed by", "head of its chain")
        head = el("thead", el("tr", *(el("th", name) for name in heads)))
        rows = [_row(each, book.signers) for each in reversed(judged[-_LISTED:])]
        append(made, el("table", head, el("tbody", *rows), cls="pb-tally"))
    others = max(0, len(judged) - _LISTED)
    facts = [f"{others} older runs are not listed." if others else ""]
    facts += [f"{planted} runs planted a fault and are never judged." if planted else ""]
    append(made, el("p", " ".join(filter(None, facts)), cls="pb-asof"))
    return made


def _row(testimony: Testimony, names: Mapping[str, str]) -> Element:
    run = testimony.run
    release = ", ".join(f"{part} {text[:19]}" for part, text in sorted(run.release.items()))
    who = ", ".join(
        names.get(key, f"{key[:19]}…, whom nobody knows here") for key in sorted(testimony.signers)
    )
    counted = Counter(run.verdict(record) for record in run.records)
    found = ", ".join(f"{counted[v]} {v}" for v in Verdict if counted[v]) or "nothing"
    heads = [el("code", str(head)) for head in sorted(testimony.heads)]
    return el(
        "tr",
        el("td", instant(run.started), el("br"), el("code", run.id)),
        el("td", f"{run.target} ({run.kind})"),
        el("td", release or "none stated"),
        el("td", found if run.finished else f"{found}; it never ended"),
        el("td", who),
        el("td", *heads),
        data_pb_run=run.id,
    )
