"""
Smaller values for a small environment.

    [scale]
    workers = 4                                  # in every claim that states workers
    "coreos.claimed-once" = { jobs = 50 }        # in this claim alone
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.targets.processes import CLAIM
from proofbook.targets.quantities import duration

if TYPE_CHECKING:
    from datetime import timedelta

    from proofbook.targets.tables import Table

#: Of every claim.
EVERY = "*"


def scale(outer: Table) -> dict[str, dict[str, float | timedelta]]:
    """Claim id or `*` → value name → the smaller value."""
    table = outer.table("scale")
    found: dict[str, dict[str, float | timedelta]] = {}
    for key, said in table.data.items() if table else ():
        if table and not isinstance(said, dict):
            _put(found, EVERY, key, _value(table, key))
        elif table and (inner := table.table(key)):
            _claim(found, key, inner)
    return found


def _claim(found: dict[str, dict[str, float | timedelta]], claim: str, table: Table) -> None:
    """The values of one claim; an id without quotes is two tables to TOML, and meant the same."""
    for key, said in table.data.items():
        inner = table.table(key) if isinstance(said, dict) else None
        if claim == EVERY or CLAIM.fullmatch(claim):
            _put(found, claim, key, _value(table, key))
        elif inner and "." not in claim:
            _claim(found, f"{claim}.{key}", inner)
        else:
            table.add('is said of no claim; write "system.claim" = { name = value }, or "*".', key)


def _put(
    found: dict[str, dict[str, float | timedelta]],
    claim: str,
    name: str,
    value: float | timedelta | None,
) -> None:
    if value is not None:
        found.setdefault(claim, {})[name] = value


def _value(table: Table, key: str) -> float | timedelta | None:
    value = table.data[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    span = duration(value) if isinstance(value, str) else None
    if span is None:
        table.wrong('a number, or a duration such as "2 s"', key)
    return span
