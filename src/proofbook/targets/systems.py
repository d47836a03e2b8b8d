"""One system of a target: its processes, and what the contract speaks of beside them."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from proofbook.targets import keys
from proofbook.targets.backups import backups
from proofbook.targets.logins import credentials, login
from proofbook.targets.model import System
from proofbook.targets.naming import Names
from proofbook.targets.processes import command, environment, process

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from proofbook.targets.model import Process
    from proofbook.targets.tables import Table


def system(name: str, table: Table, roles: Collection[str]) -> System:
    """The system called `name`; `roles` are the services that its store may be."""
    env = environment(table)
    processes, commands = _processes(table, env), _commands(table, env)
    auth = table.table("worker_auth")
    return System(
        name=name,
        processes=processes,
        commands=commands,
        files=table.texts("files"),
        store=_store(table, roles, processes),
        sql=table.source("sql"),
        login=login(table),
        credentials=credentials(table),
        worker_auth=table.texts("worker_auth") if auth else None,
        names=_names(table),
        logs=_logs(table),
        absent=frozenset(table.words("absent")),
        faults_from=table.command("faults_from"),
        backups=backups(table, commands, processes),
    )


def _processes(table: Table, env: Mapping[str, str]) -> dict[str, Process]:
    """Every table of the system whose key is not reserved."""
    found = {}
    for name in table.data:
        if name in keys.SYSTEM:
            continue
        inner = table.table(name) if isinstance(table.data[name], dict) else None
        if inner and _is_process(name, inner):
            found[name] = process(name, inner, env)
        else:
            near = get_close_matches(name, keys.SYSTEM, 1)
            guess = f"; did you mean {near[0]}?" if near else "."
            known = ", ".join(keys.SYSTEM)
            table.add(
                f"is no key of a system{guess} Known are {known}; "
                "every other key is a process, which is a table.",
                name,
            )
    return found


def _is_process(name: str, table: Table) -> bool:
    """Whether it looks like one: a misspelt `commands` holds none of a process's keys."""
    return bool(
        not table.data
        or table.data.keys() & set(keys.PROCESS)
        or not get_close_matches(name, keys.SYSTEM, 1, 0.8)
    )


def _commands(table: Table, env: Mapping[str, str]) -> dict[str, Process]:
    outer = table.table("commands")
    found = {name: command(name, outer, env) for name in outer.data} if outer else {}
    return {name: each for name, each in found.items() if each}


def _store(table: Table, roles: Collection[str], processes: Collection[str]) -> str | None:
    name = table.text("store")
    known = (*roles, *processes)
    if name is None or name in known:
        return name
    listed = ", ".join(known) or "none"
    table.wrong(f"a service or process of this target; there are {listed}", "store")
    return None


def _names(table: Table) -> Names:
    inner = table.table("names")
    if inner is None:
        return Names()
    inner.close(keys.NAMES)
    return Names(env=inner.texts("env"), paths=inner.texts("paths"), headers=inner.texts("headers"))


def _logs(table: Table) -> dict[str, str]:
    inner = table.table("logs")
    found = {name: inner.pattern(name) for name in inner.data} if inner else {}
    return {name: pattern for name, pattern in found.items() if pattern}
