"""
Read a target file.

TOML text goes in, a `Target` comes out, or a `TargetError` that holds everything that is wrong with
the file, in reading order, as `path:line`. This module opens no file, follows no reference and
fills no placeholder; it does see to it that each refers to something.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from proofbook.effects import Effect
from proofbook.errors import Place, Problem, TargetError
from proofbook.targets import keys, mentions, places, trespasses
from proofbook.targets.bases import base
from proofbook.targets.lines import lines
from proofbook.targets.model import KINDS, Limits, Target
from proofbook.targets.processes import service
from proofbook.targets.quantities import quantity
from proofbook.targets.readings import identity, reading, scalar, stop_when
from proofbook.targets.references import flaw, reference
from proofbook.targets.scales import scale
from proofbook.targets.systems import system
from proofbook.targets.tables import Report, Table, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.targets.model import Reading, Service, System

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$|\s*\(at end of document\)$")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_NO_REFERENCE = "is no reference; write env:NAME, file:PATH or generate:KIND."
_NOTHING: Mapping[str, str] = {}
#: Files whose reading is remembered: a run reads its target several times, and so do its forks.
_REMEMBERED = 16


def parse(text: str, path: str, *, protected_addresses: Mapping[str, str] = _NOTHING) -> Target:
    """
    The target that the text of the file at `path` describes.

    `protected_addresses`: what `places.forbidden` says of the other targets: address → file. Raises
    `TargetError` with all problems of the file.
    """
    return _parsed(text, path, frozenset(protected_addresses.items()))


@lru_cache(maxsize=_REMEMBERED)
def _parsed(text: str, path: str, protected_addresses: frozenset[tuple[str, str]]) -> Target:
    document = decoded(text, path)
    report = Report(path, lines(text))
    target = _target(Table(document, (), report), dict(protected_addresses))
    mentions.check(document, report)
    trespasses.check(document, target, report)
    if report.problems:
        raise TargetError(report.problems)
    return target


def decoded(text: str, path: str) -> dict[str, Any]:
    """The TOML document; raises `TargetError` with the one line at which it stops being TOML."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TargetError([Problem(Place(path, 1), "is nested too deeply to be read.")]) from None
    except ValueError as error:
        at = _AT_LINE.search(str(error))
        what = str(error)[: at.start()] if at else str(error)
        line = int(at[1]) if at and at[1] else max(1, len(text.splitlines()))
        column = f" (column {at[2]})" if at and at[2] else ""
        hint = "; text stands in quotes" if what == "Invalid value" else ""
        told = f"is not TOML: {what}{column}{hint}."
        raise TargetError([Problem(Place(path, line), told)]) from None


def name_of(path: str) -> str:
    """`targets/local.toml` is the target `local`."""
    return PurePosixPath(path).name.removesuffix(".toml")


def _target(table: Table, protected_addresses: Mapping[str, str]) -> Target:
    table.close(keys.TARGET)
    services = _services(table)
    found = table.table("identity")
    document = dict(table.data)
    return Target(
        name=name_of(table.report.path),
        path=table.report.path,
        kind=_kind(table),
        permits=_permits(table),
        protected=table.flag("protected"),
        needs=_needs(table),
        identity=identity(found, base(document)) if found else None,
        release=_release(table),
        limits=_limits(table),
        stop_when=stop_when(table, base(document)) if "stop_when" in table else None,
        scale=scale(table),
        services=services,
        secrets=_secrets(table),
        systems=_systems(table, tuple(services)),
        addresses=places.own(document),
        off_limits=protected_addresses,
    )


def _kind(table: Table) -> str:
    if "kind" not in table:
        table.add(f'says no kind; add kind = "…", one of {", ".join(KINDS)}.')
        return KINDS[0]
    if table.data["kind"] not in KINDS:
        table.wrong(f"one of {', '.join(KINDS)}", "kind")
    return str(table.data["kind"])


def _permits(table: Table) -> Effect:
    said = table.data.get("permits", "observes")
    words = [str(effect) for effect in Effect]
    if said in words:
        return Effect.named(said)
    table.wrong(f"one of {', '.join(words)}", "permits")
    return Effect.OBSERVES


def _needs(table: Table) -> tuple[str, ...]:
    found = table.words("needs")
    for index, word in enumerate(found):
        if word not in keys.NEEDS:
            table.wrong(f"one of {', '.join(keys.NEEDS)}", "needs", index)
    return found


def _release(table: Table) -> dict[str, Reading]:
    """Component → reading: of `[release]`, and of systems that say theirs as a whole."""
    found = {name: reading(each, base(table.data, name)) for name, each in table.tables("release")}
    for name, each in table.tables("systems"):
        inner = each.table("release")
        if inner:
            found[name] = reading(inner, base(table.data, name))
    return {name: each for name, each in found.items() if each}


def _limits(table: Table) -> Limits:
    inner = table.table("limits")
    if inner is None:
        return Limits()
    inner.close(keys.LIMITS)
    connections = _limit(inner, "connections")
    if connections is not None and not connections.is_integer():
        inner.wrong("a whole number", "connections")
    return Limits(
        rate=_limit(inner, "rate"),
        seconds=_limit(inner, "seconds"),
        connections=None if connections is None else int(connections),
    )


def _limit(table: Table, key: str) -> float | None:
    """A number above zero: `200`, `"200 req/s"`, `"1 min"`."""
    value = table.data.get(key)
    found = quantity(scalar(value) or "")
    if value is None or (found is not None and found > 0 and value is not True):
        return found
    table.wrong("a number above zero", key)
    return None


def _services(table: Table) -> dict[str, Service]:
    found = {}
    for role, inner in table.tables("services"):
        if _is_name(inner, role):
            found[role] = service(role, inner)
    return {role: each for role, each in found.items() if each}


def _secrets(table: Table) -> dict[str, str]:
    """References by name; what stands there instead is never shown, as it may be the secret."""
    inner = table.table("secrets")
    found = {}
    for name, said in inner.data.items() if inner else ():
        referred = reference(said) if isinstance(said, str) else None
        wrong = flaw(referred) if referred else _NO_REFERENCE
        if wrong:
            table.add(wrong, "secrets", name)
        elif _is_name(table, name, "secrets", name):
            found[name] = str(said)
    return found


def _systems(table: Table, roles: tuple[str, ...]) -> dict[str, System]:
    found = {}
    for name, inner in table.tables("systems"):
        if _is_name(inner, name):
            found[name] = system(name, inner, roles)
    return found


def _is_name(table: Table, name: str, *at: str) -> bool:
    """Whether placeholders can name it."""
    if _NAME.fullmatch(name):
        return True
    table.add(f"{shown(name)} is no name: letters, digits, - and _.", *at)
    return False
