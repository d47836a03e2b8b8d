"""Plant every fault of a system, a few at a time, each in a run of its own, and judge what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook import matrix, targets
from proofbook.cli import here, trials
from proofbook.cli.consoles import console
from proofbook.cli.rows import Rows
from proofbook.errors import NoVerdict, Place, Problem, ReportError, TargetError
from proofbook.matrix import Planted, State
from proofbook.report import Exit, seen
from proofbook.runs.disk import put
from proofbook.stack.faults import faults

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rich.console import Console

    from proofbook.claims import Claim
    from proofbook.matrix import Cell, Seen


#: Where counts are written, and the runs of faults that did not do what they must.
FAULTS = "reports/faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulting:
    """What the command line asked for."""

    system: str
    target: str
    only: tuple[str, ...]
    as_json: bool
    jobs: int


def plant_all(faulting: Faulting) -> int:
    """Plant, judge, show, write the counts for the site; how it ended."""
    root = here.root()
    claims = [claim for runbook in here.runbooks(root) for claim in runbook.claims]
    planted = _planted(faulting, root)
    out = console(sys.stderr if faulting.as_json else sys.stdout)
    cells = _tried(faulting, planted, frozenset(claim.id for claim in claims), out)
    counts = _counts(faulting, claims, planted, cells)
    unbroken = [claim for claim, seen in counts.items() if not seen.faults]
    unasked = _unasked(faulting, unbroken, out)
    counts = {claim: seen for claim, seen in counts.items() if claim not in unasked}
    text = seen.to_json(faulting.system, faulting.target, _now(), counts)
    if faulting.as_json:
        click.echo(text, nl=False)
    else:
        out.print(seen.tables(cells, counts), crop=False)
    if not faulting.only:
        _write(root / FAULTS, _file(faulting), text)
    out.print(_last_line(planted, cells, counts, len(unasked)), soft_wrap=True)
    return _exit(cells, counts)


def _planted(faulting: Faulting, root: Path) -> tuple[Planted, ...]:
    """The faults that were asked for."""
    target = targets.load(root, faulting.target)
    found: dict[str, Planted] = {}
    for fault in faults(target, faulting.system, root):
        if fault.name in found:
            message = f"two faults are called {fault}; give one of them another name."
            raise TargetError([Problem(Place(target.path, 1), message)])
        found[fault.name] = Planted(
            name=str(fault), breaks=fault.breaks, unaffected=fault.unaffected, reason=fault.reason
        )
    if unknown := set(faulting.only) - found.keys():
        names = ", ".join(found) or "none"
        raise click.UsageError(f"{faulting.system} has no fault {min(unknown)!r}; it has: {names}.")
    if not found:
        raise NoVerdict(f"nothing was planted: {target.path} knows no fault of {faulting.system}.")
    return tuple(
        fault for name, fault in found.items() if not faulting.only or name in faulting.only
    )


def _tried(
    faulting: Faulting, planted: Sequence[Planted], claims: Collection[str], out: Console
) -> tuple[Cell, ...]:
    """All cells, in the order of the faults; each fault is shown when all its claims were asked."""
    shown = f"{FAULTS}/{faulting.system}"
    rows = Rows(planted, here.root() / shown, shown)
    with out.status("starting") as status:
        for trial in trials.run(planted, claims, faulting.target, faulting.jobs, status.update):
            fault = trial.fault.name
            rows.add(trial)
            if rows.is_whole(fault):
                out.print(
                    seen.line(fault, rows.cells(fault)),
                    f"{rows.whole}/{len(planted)} after {rows.seconds(fault):.0f} s",
                    soft_wrap=True,
                )
        again = _unseen(planted, rows.all_cells)
        if again:
            out.print(f"{len(again)} once more, one at a time: schedules are random, machines busy")
        for trial in trials.run(again, claims, faulting.target, 1, status.update):
            rows.add(trial)
            out.print(seen.line(trial.fault.name, rows.cells(trial.fault.name)), soft_wrap=True)
    return rows.all_cells


def _unseen(planted: Sequence[Planted], cells: Iterable[Cell]) -> tuple[Planted, ...]:
    """The trials that showed nothing, or not what they must: a race may be missed, a twin come late."""
    missed = {
        (cell.fault, cell.claim) for cell in cells if cell.state in (State.UNSEEN, State.LOST)
    }
    return tuple(
        part for fault in planted for part in fault.parts if (fault.name, *part.claims) in missed
    )


def _unasked(faulting: Faulting, unbroken: Sequence[str], out: Console) -> frozenset[str]:
    """Of the claims that no fault breaks, those that this target does not permit or provide."""
    if not unbroken:
        return frozenset()
    sound = Planted(name="", breaks=(), unaffected=tuple(unbroken))
    with out.status("who else is asked") as status:
        found = [
            cell
            for trial in trials.run(
                [sound], unbroken, faulting.target, faulting.jobs, status.update
            )
            for cell in matrix.judged(trial.fault, trial.run, trial.error)
        ]
    return frozenset(cell.claim for cell in found if cell.state is State.NOT_ASKED)


def _counts(
    faulting: Faulting,
    claims: Iterable[Claim],
    planted: Sequence[Planted],
    cells: Iterable[Cell],
) -> Mapping[str, Seen]:
    """Of the system's claims that checks answer; with `--only`, of those that were to break."""
    ids = [claim.id for claim in claims if claim.system == faulting.system and not claim.by]
    if faulting.only:
        broken = {claim for fault in planted for claim in fault.breaks}
        ids = [claim for claim in ids if claim in broken]
    return matrix.seen(cells, ids, planted)


def _last_line(
    planted: Sequence[Planted],
    cells: Sequence[Cell],
    counts: Mapping[str, Seen],
    left_out: int,
) -> str:
    wrong = {cell.fault for cell in cells if not cell.state.is_right}
    complete = [claim for claim, seen in counts.items() if seen.seen == len(seen.faults) > 0]
    unbroken = [claim for claim, seen in counts.items() if not seen.faults]
    unasked = left_out + sum(cell.state is State.NOT_ASKED for cell in cells)
    parts = [
        f"{len(planted)} faults: {len(wrong)} not as they must be",
        f"{len(complete)} of {len(counts)} claims seen to fail under every fault of theirs",
        f"{len(unbroken)} that no fault breaks: {', '.join(unbroken)}" if unbroken else "",
        f"{unasked} not asked" if unasked else "",
    ]
    return " · ".join(filter(None, parts))


def _exit(cells: Sequence[Cell], counts: Mapping[str, Seen]) -> Exit:
    states = {cell.state for cell in cells}
    if states & {State.UNSEEN, State.DISTURBED} or any(not seen.faults for seen in counts.values()):
        return Exit.FAIL
    if State.LOST in states or State.SEEN not in states:
        return Exit.NO_VERDICT
    return Exit.PASS


def _file(faulting: Faulting) -> str:
    """The file of a system's counts; other targets' stand beside those of the local one."""
    target = Path(faulting.target).name.removesuffix(".toml")
    return ".".join([faulting.system, *([] if target == "local" else [target]), "json"])


def _write(folder: Path, name: str, text: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        put({folder / name: text})
    except OSError as error:
        raise ReportError(
            f"{FAULTS}/{name} cannot be written: {error.strerror}. "
            "The one before is untouched. Make room, or give yourself the right to write there."
        ) from None


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
