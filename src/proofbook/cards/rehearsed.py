"""The drills of backups: of each the newest, what it lost and took, and when the next one is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.cards.elements import el, instant
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.drills import Drill

#: As many earlier times of recovery are shown, for the trend.
_TREND = 5


def rehearsed(book: Book) -> tuple[Element, ...]:
    """A table with a row for each backup that was ever drilled; nothing if none was."""
    by_backup: dict[tuple[str, str, str], list[Drill]] = {}
    for drill in book.drills:
        by_backup.setdefault(drill.of, []).append(drill)
    if not by_backup:
        return ()
    heads = ("due", "backup", "verdict", "last", "on", "RPO", "RTO", "controls caught")
    head = el("thead", el("tr", *(el("th", name) for name in heads)))
    rows = sorted(by_backup.values(), key=lambda drills: (_due(drills) or "", drills[0].of))
    body = el("tbody", *(_row(drills) for drills in rows))
    return el("h2", "Restore drills"), el("table", head, body, cls="pb-tally")


def _due(drills: list[Drill]) -> str | None:
    """When the last that passed runs out; `None`: none has passed."""
    passed = [drill.due for drill in drills if drill.verdict is Verdict.PASS]
    return passed[-1] if passed else None


def _row(drills: list[Drill]) -> Element:
    last, due = drills[-1], _due(drills)
    caught = sum(control.verdict is Verdict.PASS for control in last.controls)
    return el(
        "tr",
        el("td", instant(due) if due else "now"),
        el("td", f"{last.system}.{last.backup} ({last.backup_kind})"),
        el("td", str(last.verdict)),
        el("td", instant(last.finished), f" by {last.operator}"),
        el("td", f"{last.target} ({last.kind})"),
        el("td", _seconds(last.rpo_seconds)),
        el("td", " → ".join(_seconds(drill.rto_seconds) for drill in drills[-_TREND:])),
        el("td", f"{caught}/{len(last.controls)}"),
    )


def _seconds(found: float | None) -> str:
    return "not known" if found is None else f"{found:.1f} s"
