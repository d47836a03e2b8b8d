"""The matrix of faults and claims: for a person as tables, for the site as JSON."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from proofbook.matrix import State
from proofbook.report.characters import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from proofbook.matrix import Cell, Seen

_STYLES = {State.SEEN: ("✓", "green"), State.HELD: ("·", "dim"), State.NOT_ASKED: ("?", "dim")}
_WRONG = ("✗", "bold red")


def to_json(system: str, target: str, at: str, claims: Mapping[str, Seen]) -> str:
    """What `reports/faults/<system>.json` holds; `at` is RFC 3339. Ends with a newline."""
    counts = {
        claim: {"seen": seen.seen, "of": len(seen.faults), "faults": list(seen.faults)}
        for claim, seen in claims.items()
    }
    whole = {"schema": 1, "system": system, "target": target, "at": at, "claims": counts}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def tables(cells: Sequence[Cell], claims: Mapping[str, Seen]) -> RenderableType:
    """Every fault with what it did to its claims, then every claim with how often it was seen."""
    return Group(_faults(cells), Text(), _claims(claims), Text())


def line(fault: str, cells: Iterable[Cell]) -> Text:
    """One fault that has been tried: what it was seen by, or what went wrong."""
    cells = tuple(cells)
    wrong = [cell for cell in cells if not cell.state.is_right]
    sign, style = _WRONG if wrong else _STYLES[State.SEEN]
    text = Text(f"{sign} ", style=style).append(fault, style="default")
    for cell in wrong:
        text.append(f"\n    {cell.claim} {cell.state.word}: {printable(cell.why)}", style="default")
    return text


def _faults(cells: Iterable[Cell]) -> Table:
    table = _table("fault", "claim", "outcome", "why")
    for fault, group in groupby(cells, key=lambda cell: cell.fault):
        for index, cell in enumerate(group):
            sign, style = _STYLES.get(cell.state, _WRONG)
            table.add_row(
                Text("" if index else fault),
                Text(cell.claim),
                Text(f"{sign} {cell.state.word}", style=style),
                Text(printable(cell.why), style="dim"),
            )
    return table


def _claims(claims: Mapping[str, Seen]) -> Table:
    table = _table("claim", "seen to fail", "by")
    for claim, seen in claims.items():
        of = len(seen.faults)
        text = f"{seen.seen}/{of}" if of else "no fault breaks it"
        table.add_row(
            Text(claim),
            Text(text, style="green" if seen.seen == of > 0 else _WRONG[1]),
            Text(", ".join(name.partition(".")[2] for name in seen.faults), style="dim"),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns[:-1]:
        table.add_column(column, no_wrap=True)
    table.add_column(columns[-1], overflow="fold")
    return table
