"""What is to be drilled when, by the signed records of the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from proofbook import drills, targets
from proofbook import store as stores
from proofbook.cli import here
from proofbook.cli.asking import moment, read_policy
from proofbook.errors import LogError, NoVerdict
from proofbook.judging.rehearsals import rehearsals
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from proofbook.drills import Drill, Standing
    from proofbook.log import Act


def due(*, target: str, store: str, as_json: bool) -> int:
    """List each backup of a target with its last drill; `STALE` if one is late."""
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
    if as_json:
        click.echo(json.dumps([_row(each, now) for each in found], indent=1))
    else:
        for each in found:
            click.echo(_line(each, now))
    return Exit.STALE if any(each.is_late(now) for each in found) else Exit.PASS


def recorded(root: Path, store: str) -> Iterator[tuple[Act, Drill]]:
    """
    Every drill on the log that a key of the policy has signed, in the order in which they were signed.

    Raises `LogError` where the log is damaged: then nobody knows what was drilled.
    """
    log = stores.load(root / store)
    if log.damage:
        raise LogError("\n".join(f"{store}/{each}" for each in log.damage))
    return rehearsals(log, read_policy(root, None))


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
