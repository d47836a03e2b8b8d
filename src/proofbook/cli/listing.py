"""`faults --plan`: every fault that would be planted, and what it must break; nothing is done."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from proofbook.cli.consoles import console

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proofbook.matrix import Planted


def show(planted: Mapping[str, Sequence[Planted]], *, as_json: bool) -> None:
    """Each system's faults, in the order in which they are known; as JSON, where a script reads."""
    if as_json:
        click.echo(_to_json(planted), nl=False)
        return
    out = console(sys.stdout)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("fault", "breaks", "leaves alone"):
        table.add_column(column, no_wrap=True)
    for own in planted.values():
        for fault in own:
            table.add_row(Text(fault.name), *map(_lines, (fault.breaks, fault.unaffected)))
    out.print(table, crop=False)
    count = sum(map(len, planted.values()))
    out.print(f"\n{count} faults would be planted; nothing was done", soft_wrap=True)


def _lines(claims: Sequence[str]) -> Text:
    return Text("\n".join(claims))


def _to_json(planted: Mapping[str, Sequence[Planted]]) -> str:
    faults = [
        {"name": fault.name, "breaks": list(fault.breaks), "unaffected": list(fault.unaffected)}
        for own in planted.values()
        for fault in own
    ]
    return json.dumps({"schema": 1, "faults": faults}, indent=1, ensure_ascii=False) + "\n"
