"""Runs with a fault in each, a few at a time, as programs of a warden: none outlives this process."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook import runs
from proofbook.errors import ReportError
from proofbook.stack.wards import Order, Wards

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from proofbook.evidence import Run
    from proofbook.matrix import Planted
    from proofbook.stack.wards import Ward

#: Longer than any run of a few claims; past it a run is taken for hung.
_SECONDS = 900.0
#: How long to wait for one of several runs before looking at the others.
_LOOK_SECONDS = 0.1
#: So many characters of what a run printed instead of a report.
_SHOWN = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fault that has been planted, and the run that was made of it; without one, why."""

    fault: Planted
    run: Run | None
    error: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    fault: Planted
    ward: Ward
    output: Path
    began: float


def run(
    planted: Sequence[Planted],
    claims: Collection[str],
    target: str,
    jobs: int,
    tell: Callable[[str], None],
) -> Iterator[Trial]:
    """
    Each fault's trial as it ends; `tell` is given what is under way.

    `claims` are those that exist: a fault that speaks of others is not planted.
    """
    scratch = Path(tempfile.mkdtemp(prefix="proofbook-faults-"))
    unknown = {fault.name: _unknown(fault, claims) for fault in planted}
    yield from (
        Trial(fault=fault, run=None, error=unknown[fault.name], seconds=0.0)
        for fault in planted
        if unknown[fault.name]
    )
    waiting = [fault for fault in planted if not unknown[fault.name]]
    running: list[_Running] = []
    with closing(Wards(scratch, log=scratch / "warden.log")) as wards:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_start(wards, waiting.pop(0), target, scratch))
            tell(f"{len(running)} under way: {', '.join(each.fault.name for each in running)}")
            running[0].ward.wait(_LOOK_SECONDS)
            for each in [each for each in running if _is_over(each)]:
                running.remove(each)
                yield _ended(each)


def _unknown(fault: Planted, claims: Collection[str]) -> str:
    """What is wrong with a fault that speaks of claims that do not exist; else empty."""
    names = [claim for claim in (*fault.breaks, *fault.unaffected) if claim not in claims]
    if not names:
        return ""
    return f"not planted: no runbook states {', '.join(names)}; correct the fault or claim it"


def _start(wards: Wards, fault: Planted, target: str, scratch: Path) -> _Running:
    output = scratch / fault.name
    claims = [*fault.breaks, *fault.unaffected]
    argv = [sys.executable, "-m", "proofbook", "verify", *claims, "--json"]
    argv += ["--target", target, "--fault", fault.name, "-n", _workers(claims)]
    order = Order(name=fault.name, argv=argv, cwd=Path.cwd(), env=os.environ, output=output)
    return _Running(fault=fault, ward=wards.start(order), output=output, began=time.monotonic())


def _workers(claims: Sequence[str]) -> str:
    """Workers cost a second of a processor each; several runs go side by side."""
    return "0" if len(claims) == 1 else "2"


def _is_over(each: _Running) -> bool:
    if each.ward.is_running and time.monotonic() - each.began > _SECONDS:
        each.ward.signal(9, family=True)
        each.ward.wait(_SECONDS)
    return not each.ward.is_running


def _ended(each: _Running) -> Trial:
    printed = each.output.read_bytes().decode(errors="replace")
    report = printed[printed.find("{") : printed.rfind("}") + 1]
    run, error = None, ""
    try:
        run = runs.from_json(report)
    except ReportError:
        said = " ".join(printed[-_SHOWN:].split()) or "nothing"
        error = f"its run ended with code {each.ward.code} and said: {said}"
    seconds = time.monotonic() - each.began
    return Trial(fault=each.fault, run=run, error=error, seconds=seconds)
