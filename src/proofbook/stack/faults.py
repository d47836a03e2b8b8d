"""
Faults: named ways to break a system, from the target or from the system's own launcher.

A target's fault is an overlay of a process, a command or a service. A launcher (`faults_from`) lists its faults as JSON with
`--json`, and starts a process broken with `NAME -- COMMAND…`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from proofbook.errors import Place, Problem, StackError, TargetError
from proofbook.stack.readings import tools_env
from proofbook.targets import Overlay, fill

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from proofbook.targets import System, Target

_SECONDS = 60.0
_KEYS = ("name", "process", "breaks", "unaffected", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to break one process of a system, one of its commands, or a service (`services.store`)."""

    system: str
    process: str
    name: str
    #: What differs from the whole process; empty for a launcher's fault.
    overlay: Overlay = field(default_factory=Overlay)
    #: Starts the process broken: put before its command, with the name and `--`.
    launcher: tuple[str, ...] = ()
    #: Claim ids that turn `fail`.
    breaks: tuple[str, ...] = ()
    #: Claim ids that stay `pass`.
    unaffected: tuple[str, ...] = ()
    #: A part of the failure's reason that is this fault's own; empty: any.
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.system}.{self.name}"


def faults(target: Target, system: str, root: Path) -> tuple[Fault, ...]:
    """
    Every fault of a system: the target's own, then its launcher's.

    Raises `TargetError` if the target has no such system, `StackError` if the launcher misbehaves.
    """
    if system not in target.systems:
        known = ", ".join(target.systems) or "none"
        raise _wrong(target, f"there is no system {system} here; there are: {known}.")
    found = target.systems[system]
    return (*_own(found), *_of_services(target, system), *_launched(found, root))


def fault(target: Target, name: str, root: Path) -> Fault:
    """The fault that `system.name` names. Raises `TargetError` naming the known ones."""
    system, _, short = name.partition(".")
    known = faults(target, system, root)
    for each in known:
        if each.name == short:
            return each
    raise _wrong(target, strange(short, [system], [each.name for each in known]))


def strange(name: str, systems: Iterable[str], known: Collection[str]) -> str:
    """That the systems have no fault of this name; what may have been meant, and where all stand."""
    these = tuple(systems)
    told = f"there is no fault {name!r} of {' or '.join(these)}"
    if not known:
        return f"{told}, nor any other."
    near = get_close_matches(name, known, 3)
    guess = f" Did you mean {', '.join(near)}?" if near else ""
    return f"{told}.{guess} `proofbook faults {' '.join(these)} --plan` lists all {len(known)}."


def _own(system: System) -> list[Fault]:
    programs = [*system.processes.items(), *system.commands.items()]
    return [
        Fault(
            system=system.name,
            process=process,
            name=name,
            overlay=overlay,
            breaks=overlay.breaks,
            unaffected=overlay.unaffected,
        )
        for process, program in programs
        for name, overlay in program.faults.items()
    ]


def _of_services(target: Target, system: str) -> list[Fault]:
    """Of what systems share: where a fault breaks claims of several, each has its own part of it."""
    return [
        Fault(
            system=system,
            process=f"services.{role}",
            name=name,
            overlay=overlay,
            breaks=breaks,
            unaffected=_claims(overlay.unaffected, system),
        )
        for role, service in target.services.items()
        for name, overlay in (service.process.faults if service.process else {}).items()
        if (breaks := _claims(overlay.breaks, system))
    ]


def _claims(named: tuple[str, ...], system: str) -> tuple[str, ...]:
    return tuple(claim for claim in named if claim.startswith(f"{system}."))


def _launched(system: System, root: Path) -> list[Fault]:
    if system.faults_from is None:
        return []
    words = {"python": sys.executable, "root": str(root)}
    launcher = tuple(fill(word, words) for word in system.faults_from)
    listed = _listed(launcher, root)
    return [
        Fault(
            system=system.name,
            process=each["process"],
            name=each["name"],
            launcher=launcher,
            breaks=tuple(each["breaks"]),
            unaffected=tuple(each.get("unaffected", ())),
            reason=each.get("reason", ""),
        )
        for each in listed
    ]


@cache  # what a launcher knows stays the same while this process lives, and costs a process to ask
def _listed(launcher: tuple[str, ...], root: Path) -> list[dict[str, str]]:
    shown = " ".join(launcher)
    try:
        ran = subprocess.run(
            [*launcher, "--json"],
            capture_output=True,
            text=True,
            check=False,
            cwd=root,
            env=tools_env(),
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"{shown} --json cannot be run: {error}") from None
    if ran.returncode:
        raise StackError(f"{shown} --json ended with code {ran.returncode}: {ran.stderr[-500:]}")
    try:
        listed = json.loads(ran.stdout)
    except ValueError:
        raise StackError(f"{shown} --json printed no JSON: {ran.stdout[:200]!r}") from None
    if not _is_list_of_faults(listed):
        keys = ", ".join(_KEYS)
        raise StackError(f"{shown} --json must print a list of objects with {keys}")
    return list(listed)


def _is_list_of_faults(listed: object) -> bool:
    return isinstance(listed, list) and all(_is_fault(each) for each in listed)


def _is_fault(each: object) -> bool:
    if not isinstance(each, dict) or not each.keys() <= set(_KEYS):
        return False
    claims = (each.get("breaks"), each.get("unaffected", []))
    return (
        all(isinstance(each.get(key), str) for key in ("name", "process"))
        and isinstance(each.get("reason", ""), str)
        and all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in claims)
    )


def _wrong(target: Target, message: str) -> TargetError:
    return TargetError([Problem(Place(target.path, 1), message)])
