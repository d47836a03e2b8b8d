"""Programs as a target describes them: processes, commands, services, and overlays of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.targets import keys
from proofbook.targets.model import Overlay, Process, Service
from proofbook.targets.readings import STILL_RUNNING, reading, ready, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.targets.tables import Table

#: The id of a claim.
CLAIM = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*")
DATABASE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def process(name: str, table: Table, env: Mapping[str, str]) -> Process:
    """A process of a contract; `env` is what all programs of its system are told."""
    table.close(keys.PROCESS)
    if "url" in table and "command" in table:
        table.only_one("url", "command")
    release = table.table("release")
    url = table.source("url")
    program = _program(name, table)
    found = replace(
        program,
        url=url and url.rstrip("/"),
        ready=program.ready or (None if url else STILL_RUNNING),
        release=reading(release, "") if release else None,
    )
    return replace(found, env={**env, **found.env})


def command(name: str, outer: Table, env: Mapping[str, str]) -> Process | None:
    """An operator's command: in the form of a process, or only its words."""
    if isinstance(outer.data[name], list):
        words = outer.command(name)
        return Process(name=name, command=words, env=dict(env)) if words else None
    table = outer.table(name)
    if table is None:
        return None
    table.close(keys.COMMAND)
    if "command" not in table:
        table.add('says no command; add command = ["program", "argument"].')
    found = _program(name, table)
    return replace(found, env={**env, **found.env})


def service(role: str, table: Table) -> Service | None:
    """Something that processes need: exactly one of provided, an address, a program."""
    table.close(keys.SERVICE)
    if "provided" in table or not {"url", "command"} & table.data.keys():
        return _provided(role, table)
    if "database" in table:
        table.add('goes with provided = "postgres"; elsewhere the address names it.', "database")
    if "fresh" in table and "command" in table:
        table.add("goes with an address alone: what is started here is a twin's own.", "fresh")
    said = table.data.keys() - {"url", "database", "fresh"}
    program = _program(role, table) if said else None
    if program and program.command and not program.ready:
        program = replace(program, ready=STILL_RUNNING)
    return Service(role=role, url=table.source("url"), fresh=table.flag("fresh"), process=program)


def environment(table: Table, key: str = "env") -> dict[str, str]:
    """Variables and their values: text, whole numbers, decimals, `true` and `false`."""
    inner = table.table(key)
    found = {}
    for name, value in inner.data.items() if inner else ():
        text = scalar(value)
        if text is None or inner is None:
            table.wrong("text, a number, true or false", key, name)
        elif not name or "=" in name:
            table.add("is no name of an environment variable.", key, name)
        else:
            inner.check_reference(text, name)
            found[name] = text
    return found


def images(table: Table) -> tuple[str, ...]:
    """The names of an image: one, or several of which the first that is there is meant."""
    said = table.data.get("image", [])
    return (said,) if isinstance(said, str) and said else table.words("image")


def _program(name: str, table: Table) -> Process:
    """What processes, commands and services have in common."""
    started = table.table("ready")
    control = table.table("control")
    if control:
        control.close(keys.CONTROL)
    commands = {word: control.command(word) for word in keys.CONTROL} if control else {}
    return Process(
        name=name,
        command=table.command("command"),
        image=images(table),
        cwd=table.text("cwd"),
        setup=_setup(table) or (),
        env=environment(table),
        ready=ready(started) if started else None,
        control={word: each for word, each in commands.items() if each},
        releases={key: _overlay(each) for key, each in table.tables("releases")},
        environments={key: _overlay(each) for key, each in table.tables("environments")},
        faults={key: _fault(each) for key, each in table.tables("faults")},
    )


def _setup(table: Table) -> tuple[tuple[str, ...], ...] | None:
    """Commands that run before the process: a list of them, or one."""
    value = table.data.get("setup")
    if value is None:
        return None
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        only = table.command("setup")
        return (only,) if only else None
    if not isinstance(value, list) or not all(_is_command(each) for each in value):
        table.wrong('a list of commands such as [["program", "argument"]]', "setup")
        return None
    return tuple(tuple(each) for each in value)


def _is_command(value: object) -> bool:
    words = isinstance(value, list) and value and all(isinstance(each, str) for each in value)
    return bool(words) and isinstance(value, list) and bool(value[0].strip())


def _overlay(table: Table, known: tuple[str, ...] = keys.OVERLAY) -> Overlay:
    table.close(known)
    started = table.table("ready")
    return Overlay(
        command=table.command("command"),
        image=images(table),
        cwd=table.text("cwd"),
        setup=_setup(table),
        env=environment(table),
        ready=ready(started) if started else None,
    )


def _fault(table: Table) -> Overlay:
    """An overlay, what else it damages, and which claims it breaks."""
    found = replace(
        _overlay(table, keys.FAULT),
        files=table.texts("files"),
        sql=_statements(table),
        breaks=_claims(table, "breaks"),
        unaffected=_claims(table, "unaffected"),
    )
    if "breaks" not in table or table.data["breaks"] == []:
        table.add('says not what it breaks; add breaks = ["system.claim"].')
    return found


def _statements(table: Table) -> tuple[str, ...]:
    said = table.data.get("sql", [])
    return (said,) if isinstance(said, str) else table.words("sql")


def _claims(table: Table, key: str) -> tuple[str, ...]:
    found = table.words(key)
    for index, claim in enumerate(found):
        if not CLAIM.fullmatch(claim):
            table.wrong("the id of a claim such as coreos.claimed-once", key, index)
    return found


def _provided(role: str, table: Table) -> Service | None:
    if not table.only_one("provided", "url", "command"):
        return None
    word = table.text("provided")
    if word and word not in keys.PROVIDED:
        table.wrong(f"what we can provide: {' or '.join(keys.PROVIDED)}", "provided")
    for key in table.data.keys() & set(keys.SERVICE) - {"provided", "database"}:
        table.add("goes with a command; what is provided is started by us.", key)
    if word not in keys.PROVIDED:
        return None
    return Service(role=role, provided=word, database=_database(word, table))


def _database(provided: str, table: Table) -> str | None:
    name = table.text("database")
    if name and (provided != "postgres" or not DATABASE.fullmatch(name)):
        table.wrong("a plain name, for a provided postgres", "database")
    return name
