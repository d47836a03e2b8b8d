"""What is read from a deployment: facts, who it is, whether it is ready, when load must stop."""

from __future__ import annotations

import re
from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from proofbook.targets import keys
from proofbook.targets.model import Identity, Reading, Ready, StopWhen
from proofbook.targets.quantities import quantity

if TYPE_CHECKING:
    from proofbook.targets.tables import Table

#: How long a start may take where the file says nothing.
WITHIN = timedelta(seconds=20)
#: Ready as the file says it by saying nothing: long enough to see a refusal to start.
STILL_RUNNING = Ready(running_for=timedelta(seconds=1), within=WITHIN)

_STOP = re.compile(r"([a-z][a-z0-9_]*) ([<>]) (.+)")


def reading(
    table: Table, base: str | None, known: tuple[str, ...] = keys.READING
) -> Reading | None:
    """
    How a fact is read.

    `base` is put before a path in `http`: nothing inside a process, which knows its own address;
    `None` makes a path a problem.
    """
    table.close(known)
    field = table.text("field")
    if not table.only_one("http", "file", "command", "postgres"):
        return None
    if "field" in table and "http" not in table:
        table.add("is a field of a JSON answer, and goes with http.", "field")
    http = table.source("http")
    if http and http.startswith("/"):
        if base is None:
            table.add(
                "is a path, and of which process is not said; "
                "write a whole URL, or {system.process.url} before the path.",
                "http",
            )
        http = f"{base}{http}"
    return Reading(
        http=http,
        field=field,
        file=table.text("file"),
        command=table.command("command"),
        postgres=table.source("postgres"),
    )


def identity(table: Table, base: str | None) -> Identity | None:
    """What must be read, and what it must say."""
    found = reading(table, base, keys.IDENTITY)
    if "equals" not in table:
        table.add('says not what it must equal; add equals = "…".')
        return None
    equals = scalar(table.data["equals"])
    if not equals:
        table.wrong("text, a whole number, true or false", "equals")
    return Identity(reading=found, equals=equals) if found and equals else None


def ready(table: Table) -> Ready | None:
    """How it is known that a process has started."""
    table.close(keys.READY)
    within = table.span("within")
    if not table.only_one("http", "log", "running_for"):
        return None
    http = table.text("http")
    if http and not http.startswith(("/", "http://", "https://", "{")):
        table.wrong('a path such as "/health", or a URL', "http")
    return Ready(
        http=http,
        log=table.pattern("log"),
        running_for=table.span("running_for"),
        within=within or WITHIN,
    )


def stop_when(outer: Table, base: str | None) -> StopWhen | None:
    """`"p95 > 2 s"`: a measurement of the load; or a reading with `above` or `below`."""
    said = outer.data["stop_when"]
    if isinstance(said, dict):
        table = outer.table("stop_when")
        return _stop_reading(table, base) if table else None
    found = _STOP.fullmatch(said) if isinstance(said, str) else None
    value = quantity(found[3]) if found else None
    if found is None or value is None:
        outer.wrong(
            'a measurement and its end, such as "p95 > 2 s" or "error_rate > 5 %"', "stop_when"
        )
        return None
    return StopWhen(measured=found[1], op=found[2], value=value)


def scalar(value: Any) -> str | None:
    """A plain value as a program would be told it: text as it is, `1`, `0.5`, `true`."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if not isfinite(value):
            return None
        case str() | int() | float():
            return str(value)
        case _:
            return None


def _stop_reading(table: Table, base: str | None) -> StopWhen | None:
    measured = reading(table, base, keys.STOP_WHEN)
    if not table.only_one("above", "below"):
        return None
    key = "above" if "above" in table else "below"
    value = quantity(scalar(table.data[key]) or "")
    if value is None:
        table.wrong('a number, or one with a unit such as "5 %"', key)
    if measured is None or value is None:
        return None
    return StopWhen(measured=measured, op=">" if key == "above" else "<", value=value)
