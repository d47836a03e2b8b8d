"""Runs with a fault in each, a few at a time, as programs of a warden: none outlives this process."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from proofbook import runs
from proofbook.cli.forks import Forked
from proofbook.errors import ReportError
from proofbook.stack.wards import Order, Wards

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from proofbook.cli.forks import Plan
    from proofbook.evidence import Run
    from proofbook.matrix import Planted
    from proofbook.stack.wards import Ward

#: Longer than any run of one claim; past it a run is taken for hung.
_SECONDS = 900
#: The folder, among other scratch, where runs are written.
_STORE = "store"
#: How often to look which runs have ended.
_LOOK_SECONDS = 0.1
#: So many characters of what a run printed instead of a report.
_SHOWN = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A fault that has been planted for one claim, and the run that was made of it; without one, why."""

    fault: Planted
    run: Run | None
    error: str
    seconds: float
    #: What the run left: its report and the logs of what it started; gone when the next one is asked for.
    folder: Path | None = None


def run(
    planted: Sequence[Planted],
    claims: Collection[str],
    target: str,
    jobs: int,
    tell: Callable[[str], None],
) -> Iterator[Trial]:
    """
    A trial of each fault for each of its claims, as it ends; `tell` is given what is under way.

    `claims` are those that exist: a fault that speaks of others is not planted, which is one trial.
    The runs are in no store that anybody judges: of sabotage comes no evidence.
    """
    scratch = Path(tempfile.mkdtemp(prefix="proofbook-faults-"))
    parts: dict[str, Planted] = {}
    for fault in planted:
        if unknown := _unknown(fault, claims):
            yield Trial(fault=fault, run=None, error=unknown, seconds=0.0)
        else:
            parts |= {str(len(parts) + n): part for n, part in enumerate(fault.parts)}
    if not parts:
        return
    with closing(Wards(scratch, log=scratch / "warden.log")) as wards:
        plan = scratch / "plan.json"
        plan.write_text(json.dumps(_plan(parts, target, jobs, scratch)), encoding="utf-8")
        argv = [sys.executable, "-m", "proofbook.cli.forks", str(plan)]
        told = scratch / "events"
        order = Order(name="forks", argv=argv, cwd=Path.cwd(), env=os.environ, output=told)
        yield from _ended(wards.start(order), told, parts, tell)


def _unknown(fault: Planted, claims: Collection[str]) -> str:
    """What is wrong with a fault that speaks of claims that do not exist; else empty."""
    names = [claim for claim in fault.claims if claim not in claims]
    if not names:
        return ""
    return f"not planted: no runbook states {', '.join(names)}; correct the fault or claim it"


def _plan(parts: Mapping[str, Planted], target: str, jobs: int, scratch: Path) -> Plan:
    """All runs; for the first fault of each system, everything is imported and collected that any may need."""
    where = f"--target={target}", f"--store={scratch / _STORE}"
    by_system: dict[str, list[Planted]] = {}
    for part in parts.values():
        by_system.setdefault(part.claims[0].partition(".")[0], []).append(part)
    return {
        "jobs": jobs,
        "warm": [_warm(among, where) for among in by_system.values()],
        "runs": [
            Forked(
                name=name,
                # One case that fails is enough, and shows as much as many.
                argv=[
                    "verify",
                    *part.claims,
                    *where,
                    f"--fault={part.name}",
                    "-n0",
                    "-x",
                    "--json",
                    *("--", "-p", "no:cacheprovider"),  # nobody asks again for what failed last
                ],
                output=str(scratch / name),
                seconds=_SECONDS,
            )
            for name, part in parts.items()
        ],
    }


def _warm(parts: Sequence[Planted], where: Sequence[str]) -> list[str]:
    claims = sorted({claim for part in parts for claim in part.claims})
    first = [f"--fault={parts[0].name}"] if parts[0].name else []
    return ["verify", *claims, *where, *first, "--plan"]


def _ended(
    ward: Ward, told: Path, parts: Mapping[str, Planted], tell: Callable[[str], None]
) -> Iterator[Trial]:
    """Each trial as it ends; those whose end nobody told of were never made."""
    left, running = dict(parts), dict[str, str]()
    with told.open("rb") as events:
        while left:
            is_over = ward.wait(_LOOK_SECONDS) is not None  # before the last look
            for event in _told(events):
                match event:
                    case {"began": str(name)}:
                        running[name] = parts[name].name
                    case {"ended": str(name), "code": int(code), "seconds": float(seconds)}:
                        running.pop(name, None)
                        yield _trial(left.pop(name), told.with_name(name), code, seconds)
            tell(f"{len(running)} under way: {', '.join(dict.fromkeys(running.values()))}")
            if is_over:
                break
    for part in left.values():
        error = f"no run was made of it: the process that makes them ended with code {ward.code}"
        yield Trial(fault=part, run=None, error=f"{error} and said: {_said(told)}", seconds=0.0)


def _told(events: IO[bytes]) -> Iterator[object]:
    """The events since the last look; a line that is not whole yet waits for the next."""
    *lines, rest = events.read().split(b"\n")
    events.seek(-len(rest), os.SEEK_CUR)
    return (json.loads(line) for line in lines if line.startswith(b"{"))


def _trial(fault: Planted, output: Path, code: int, seconds: float) -> Trial:
    """What became of a run, from what it printed."""
    printed = output.read_bytes().decode(errors="replace")
    report = printed[printed.find("{") : printed.rfind("}") + 1]
    run, error = None, ""
    try:
        run = runs.from_json(report)
    except ReportError:
        error = f"its run ended with code {code} and said: {_said(output)}"
    folder = output.with_name(_STORE) / "runs" / run.id if run else None
    return Trial(fault=fault, run=run, error=error, seconds=seconds, folder=folder)


def _said(output: Path) -> str:
    """The last that a process printed, in one line."""
    return " ".join(output.read_bytes().decode(errors="replace")[-_SHOWN:].split()) or "nothing"
