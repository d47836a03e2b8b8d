"""The load runs: for each claim that one was made for, the newest on each target, with its pictures."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from proofbook.cards.elements import append, el, instant
from proofbook.latency.drawing import CURVE, FIGURES, HISTOGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from proofbook.cards.asked import Evidence
    from proofbook.cards.book import Book
    from proofbook.evidence import Measurement, Record, Run

#: The line of a page that the list replaces.
MARKER = "<!-- proofbook: load -->"
_KEPT = (CURVE, HISTOGRAM, FIGURES)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One load run, as its evidence holds it."""

    claim: str
    run: Run
    measured: tuple[Measurement, ...]
    #: Texts of SVG.
    pictures: tuple[str, ...]
    figures: Mapping[str, Any]


def loads_of(evidence: Evidence, folder: Path) -> tuple[Load, ...]:
    """The newest of each claim and target; `folder` holds evidence by digest."""
    found: dict[tuple[str, str], Load] = {}
    for claim, asked in sorted(evidence.asked.items()):
        for entry, record in asked:
            made = _load(claim, entry.run, record, folder)
            if made and entry.run.fault is None:
                found[claim, entry.run.target] = made
    return tuple(found.values())


def _load(claim: str, run: Run, record: Record, folder: Path) -> Load | None:
    """What a record keeps of a load run; `None` where it was none, or its files are gone."""
    attempts = [case.attempts[-1] for case in record.cases if case.attempts]
    kept = {each.name: each.sha256 for attempt in attempts for each in attempt.attachments}
    try:
        texts = {
            name: (folder / digest).read_text("utf-8")
            for name, digest in kept.items()
            if name in _KEPT
        }
        figures = json.loads(texts[FIGURES])
    except (OSError, ValueError, KeyError):
        return None
    pictures = tuple(texts[name] for name in (CURVE, HISTOGRAM) if name in texts)
    return Load(claim=claim, run=run, measured=record.measured, pictures=pictures, figures=figures)


def loads(book: Book) -> Element:
    """The list, for a page at the root of the runbooks."""
    made = el("div", cls="pb-loads")
    shown = [load for load in book.loads if load.claim in book.claims]
    if not shown:
        append(made, el("p", "No load run is on record."))
    for load in shown:
        append(made, *_shown(load, book))
    return made


def _shown(load: Load, book: Book) -> list[Element]:
    """A heading that leads to the claim's card, what was measured, and the pictures."""
    page = book.claims[load.claim].place.path.removeprefix("runbooks/")
    link = el("a", load.claim, href=f"{page}#{load.claim}")
    rows = [el("li", el("code", each.promised), f" → {each.measured}") for each in load.measured]
    facts = el(
        "p",
        f"{load.figures['requests']} requests in {load.figures['seconds']:g} s, "
        f"{load.figures['bad']} of them bad, on {load.run.target} ({load.run.kind}), ",
        instant(load.run.started),
        f". Design effect {load.figures['blocks']['design_effect']:.3g}: they tell as much as "
        f"{load.figures['blocks']['effective_requests']} independent ones.",
    )
    pictures = [el("img", src=_inline(each), alt=_title(each)) for each in load.pictures]
    return [el("h2", link), el("ul", *rows), facts, el("p", *pictures)]


def _inline(picture: str) -> str:
    """The picture in the page itself: it works from a folder, and no file of it can be another."""
    return f"data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"


def _title(picture: str) -> str:
    found = _TITLE.search(picture)
    return unescape(found[1]) if found else ""
