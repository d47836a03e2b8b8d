"""What is to be drilled when, by the signed records of the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from proofbook import drills, targets
from proofbook import store as stores
from proofbook.cli import here
from proofbook.cli.asking import moment, read_policy
from proofbook.cli.drilling import WORK
from proofbook.errors import LogError, NoVerdict
from proofbook.judging.rehearsals import rehearsals
from proofbook.report import Exit
from proofbook.targets.placeholders import fill, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from proofbook.drills import Drill, Standing
    from proofbook.log import Act
    from proofbook.targets import Target


def due(*, target: str, store: str, as_json: bool) -> int:
    """List each backup of a target with its last drill; `STALE` if one is late, or left its copy."""
    root = here.root()
    where = targets.load(root, target)
    wanted = [
        (where.called, system.name, backup)
        for system in where.systems.values()
        for backup in system.backups
    ]
    if not wanted:
        raise NoVerdict(f"{where.path} names no backup: nothing is due.")
    now = moment(None)
    found = drills.standings((drill for _, drill in recorded(root, store)), wanted)
    left = {(each.system, each.backup): _left(root, where, each) for each in found}
    if as_json:
        rows = [{**_row(each, now), "left": list(left[each.system, each.backup])} for each in found]
        click.echo(json.dumps(rows, indent=1))
    else:
        for each in found:
            click.echo(_line(each, now))
            for run in left[each.system, each.backup]:
                click.echo(_left_line(each, run))
    is_late = any(each.is_late(now) or left[each.system, each.backup] for each in found)
    return Exit.STALE if is_late else Exit.PASS


def recorded(root: Path, store: str) -> Iterator[tuple[Act, Drill]]:
    """
    Every drill on the log that a key of the policy has signed, in the order in which they were signed.

    Raises `LogError` where the log is damaged: then nobody knows what was drilled.
    """
    log = stores.load(root / store)
    if log.damage:
        raise LogError("\n".join(f"{store}/{each}" for each in log.damage))
    return rehearsals(log, read_policy(root, None))


def _left(root: Path, target: Target, standing: Standing) -> tuple[str, ...]:
    """The runs that were cut off, and whose copy still lies where they worked."""
    backup = target.systems[standing.system].backups[standing.backup]
    scratch = fill(backup.scratch or WORK, {"root": str(root), **_anything(backup.scratch or "")})
    places = (root / scratch).glob(f"*/{standing.backup}")
    return tuple(sorted(place.parent.name for place in places if any(place.iterdir())))


def _anything(text: str) -> dict[str, str]:
    """Words that only a running stack knows: no folder has their name."""
    return {name: "?" for name in placeholders(text) if name != "root"}


def _left_line(standing: Standing, run: str) -> str:
    again = f"drill restore --system {standing.system} --backup {standing.backup}"
    return (
        f"left      {standing.system}.{standing.backup}  run {run} was cut off, and its copy is still "
        f"there: `proofbook {again} --target {standing.target} --resume {run}` destroys it"
    )


def _line(standing: Standing, now: datetime) -> str:
    name = f"{standing.system}.{standing.backup}"
    if standing.last is None:
        return f"late      {name}  at {standing.target}: no drill of it has passed"
    word = "late" if standing.is_late(now) else "due"
    last = standing.last
    return (
        f"{word:9} {name}  at {standing.target}: by {last.due[:10]}; "
        f"last on {last.finished[:10]} by {last.operator}, run {last.id}"
    )


def _row(standing: Standing, now: datetime) -> dict[str, object]:
    return {
        "target": standing.target,
        "system": standing.system,
        "backup": standing.backup,
        "due": standing.last.due if standing.last else None,
        "late": standing.is_late(now),
        "run": standing.last.id if standing.last else None,
    }
