"""`faults --plan`: every fault that would be planted, and what it must break; nothing is done."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from proofbook.cli.consoles import console

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proofbook.matrix import Planted

_COLUMNS = ("fault", "breaks", "leaves alone")
#: Wider than any window.
_ENDLESS = 10_000


def show(planted: Mapping[str, Sequence[Planted]], *, as_json: bool) -> None:
    """Each system's faults, in the order in which they are known; as JSON, where a script reads."""
    if as_json:
        click.echo(_to_json(planted), nl=False)
        return
    out = console(sys.stdout)
    faults = [fault for own in planted.values() for fault in own]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in _COLUMNS:
        table.add_column(column, no_wrap=True)
    for fault in faults:
        table.add_row(Text(fault.name), *map(_lines, (fault.breaks, fault.unaffected)))
    # Names are there to be copied: where the columns would cut them, each has a line of its own.
    if Measurement.get(out, out.options.update(max_width=_ENDLESS), table).maximum <= out.width:
        out.print(table, crop=False)
    else:
        for fault in faults:
            out.print(Text("\n".join(_stacked(fault))), soft_wrap=True)
    out.print(f"\n{len(faults)} faults would be planted; nothing was done", soft_wrap=True)


def _lines(claims: Sequence[str]) -> Text:
    return Text("\n".join(claims))


def _stacked(fault: Planted) -> Iterator[str]:
    """A fault's name, and below it what stands beside it in the table."""
    yield fault.name
    for name, claims in zip(_COLUMNS[1:], (fault.breaks, fault.unaffected), strict=True):
        yield from (f"  {name} {claim}" for claim in claims)


def _to_json(planted: Mapping[str, Sequence[Planted]]) -> str:
    faults = [
        {"name": fault.name, "breaks": list(fault.breaks), "unaffected": list(fault.unaffected)}
        for own in planted.values()
        for fault in own
    ]
    return json.dumps({"schema": 1, "faults": faults}, indent=1, ensure_ascii=False) + "\n"
