"""Read a gate: its rows, whose runs it trusts, what may be waived, overridden or retired, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proofbook.errors import Place
from proofbook.policy import keys
from proofbook.policy.model import CI, CLEAN_RERUNS, LOCAL, LONGEST_WAIVER, Gate, Row
from proofbook.targets.lines import line_of
from proofbook.targets.tables import Table, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


def gate(name: str, table: Table) -> Gate:
    """The gate that `[gates.<name>]` describes."""
    table.close(keys.GATE)
    trusts = _words(table, "trusts", (CI,))
    if LOCAL in trusts and name != LOCAL:
        table.add(f'"{LOCAL}" opens no gate but "{LOCAL}": anybody has such a key.', "trusts")
    waivers, waived_by = _words(table, "waivers"), _words(table, "waived_by")
    if waivers and not waived_by:
        table.add('says nobody who may waive; add waived_by = ["…"], roles.', "waivers")
    return Gate(
        name=name,
        rows=tuple(_row(inner) for inner in _rows(table)),
        trusts=frozenset(trusts),
        clean_reruns=_count(table, "clean_reruns", CLEAN_RERUNS),
        waivers=waivers,
        never_waived=_words(table, "never_waived"),
        waived_by=frozenset(waived_by),
        overridden_by=frozenset(_words(table, "overridden_by")),
        retired_by=frozenset(_words(table, "retired_by")),
        longest_waiver=table.span("longest_waiver") or LONGEST_WAIVER,
        place=_place(table),
    )


def _rows(table: Table) -> Iterator[Table]:
    """The tables under `rows`, at least one."""
    said: Any = table.data.get("rows", [])
    if not isinstance(said, list):
        table.wrong('a list such as [{ select = "coreos", on = "deployment" }]', "rows")
        return
    if not said:
        table.add('asks for nothing; add rows = [{ select = "coreos", on = "deployment" }].')
    for at, inner in enumerate(said):
        if isinstance(inner, dict):
            yield Table(inner, (*table.path, "rows", at), table.report)
        else:
            table.wrong('a table such as { select = "coreos", on = "twin" }', "rows", at)


def _row(table: Table) -> Row:
    table.close(keys.ROW)
    for key, example in (("select", "coreos.*"), ("on", "deployment")):
        if table.data.get(key, []) == []:
            table.add(f'has no {key}; add {key} = "{example}".')
    return Row(
        select=_words(table, "select"),
        without=_words(table, "without"),
        on=_words(table, "on"),
        max_age=table.span("max_age"),
        at_least=_count(table, "at_least", 1),
        scaled=table.flag("scaled"),
        place=_place(table),
    )


def _words(table: Table, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """One word, or a list of them; none of them empty."""
    value = table.data.get(key, list(default))
    words = [value] if isinstance(value, str) else value
    if isinstance(words, list) and all(isinstance(each, str) and each.strip() for each in words):
        return tuple(words)
    table.add(f'{shown(value)} is not a word such as "a", or a list of them.', key)
    return ()


def _count(table: Table, key: str, default: int) -> int:
    """A whole number above zero."""
    value = table.data.get(key, default)
    if type(value) is int and value > 0:
        return value
    table.wrong("a whole number above zero", key)
    return default


def _place(table: Table) -> Place:
    return Place(table.report.path, line_of(table.path, table.report.lines))
