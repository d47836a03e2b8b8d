"""Plant every fault of some systems, a few at a time, each in a run of its own, and judge what came of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook import matrix, targets
from proofbook.cli import here, listing, trials
from proofbook.cli.consoles import console
from proofbook.cli.faulted import Faulted
from proofbook.cli.rows import Rows
from proofbook.errors import NoVerdict, Place, Problem, ReportError, TargetError
from proofbook.matrix import Planted, State
from proofbook.report import Exit, seen
from proofbook.runs.disk import put
from proofbook.stack.faults import faults, strange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from rich.console import Console

    from proofbook.matrix import Cell
    from proofbook.targets import Target


#: Where counts are written, and the runs of faults that did not do what they must.
FAULTS = "reports/faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulting:
    """What the command line asked for."""

    #: None: all of the target that the runbooks state claims of.
    systems: tuple[str, ...]
    target: str
    only: tuple[str, ...]
    #: Only so many of them as break whatever all of them break.
    cover: bool
    plan: bool
    as_json: bool
    jobs: int


def plant_all(faulting: Faulting) -> int:
    """Plant, judge, show, write the counts for the site; how it ended."""
    root = here.root()
    claims = [claim for runbook in here.runbooks(root) for claim in runbook.claims]
    planted = _planted(faulting, root, {claim.system for claim in claims})
    if faulting.plan:
        listing.show(planted, as_json=faulting.as_json)
        return Exit.PASS
    if faulting.as_json and len(planted) > 1:
        raise click.UsageError("--json tells of one system; name it: proofbook faults SYSTEM.")
    out = console(sys.stderr if faulting.as_json else sys.stdout)
    cells = _tried(faulting, _mixed(planted), frozenset(claim.id for claim in claims), out)
    found = [
        Faulted.of(system, own, cells, claims, only=bool(faulting.only))
        for system, own in planted.items()
    ]
    unasked = _unasked(faulting, [claim for each in found for claim in each.unbroken], out)
    found = [each.without(unasked) for each in found]
    for each in found:
        _tell(faulting, each, root, out, of=len(found))
    exits = {each.exit for each in found}
    return Exit.FAIL if Exit.FAIL in exits else max(exits)


def _planted(
    faulting: Faulting, root: Path, stated: Collection[str]
) -> dict[str, tuple[Planted, ...]]:
    """The faults that were asked for, by system; a system without any is left out."""
    target = targets.load(root, faulting.target)
    systems = faulting.systems or tuple(name for name in target.systems if name in stated)
    known = {system: _known(target, system, root) for system in systems}
    names = [name for found in known.values() for name in found]
    if unknown := set(faulting.only) - set(names):
        raise click.UsageError(strange(min(unknown), systems, names))
    bare = [system for system in systems if not known[system]]
    if not names or (bare and faulting.systems):
        whose = " or ".join(bare) or "any system"
        raise NoVerdict(f"nothing was planted: {target.path} knows no fault of {whose}.")
    wanted = {
        system: tuple(
            fault for name, fault in found.items() if not faulting.only or name in faulting.only
        )
        for system, found in known.items()
    }
    if faulting.cover:
        wanted = {system: matrix.covering(own) for system, own in wanted.items()}
    return {system: own for system, own in wanted.items() if own}


def _known(target: Target, system: str, root: Path) -> dict[str, Planted]:
    """A system's faults by their names."""
    found: dict[str, Planted] = {}
    for fault in faults(target, system, root):
        if fault.name in found:
            message = f"two faults are called {fault}; give one of them another name."
            raise TargetError([Problem(Place(target.path, 1), message)])
        found[fault.name] = Planted(
            name=str(fault), breaks=fault.breaks, unaffected=fault.unaffected, reason=fault.reason
        )
    return found


def _mixed(planted: Mapping[str, Sequence[Planted]]) -> tuple[Planted, ...]:
    """All faults, those of each system spread over the whole: some wait where others reckon."""
    places = [
        ((index + 0.5) / len(own), fault)
        for own in planted.values()
        for index, fault in enumerate(own)
    ]
    return tuple(fault for _, fault in sorted(places, key=lambda place: place[0]))


def _tried(
    faulting: Faulting, planted: Sequence[Planted], claims: Collection[str], out: Console
) -> tuple[Cell, ...]:
    """All cells, in the order of the faults; each fault is shown when all its claims were asked."""
    rows = Rows(planted, here.root(), FAULTS)
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


def _tell(faulting: Faulting, found: Faulted, root: Path, out: Console, *, of: int) -> None:
    """Show what came of one system, one of so many; where all was planted, write its counts for the site."""
    text = seen.to_json(found.system, faulting.target, _now(), found.counts)
    if faulting.as_json:
        click.echo(text, nl=False)
    else:
        out.print(seen.tables(found.cells, found.counts), crop=False)
    if not (faulting.only or faulting.cover):
        _write(root / FAULTS, _file(found.system, faulting.target), text)
    whose = f"{found.system}: " if of > 1 else ""
    out.print(f"{whose}{found.last_line}", soft_wrap=True)


def _file(system: str, target: str) -> str:
    """The file of a system's counts; other targets' stand beside those of the local one."""
    name = Path(target).name.removesuffix(".toml")
    return ".".join([system, *([] if name == "local" else [name]), "json"])


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
