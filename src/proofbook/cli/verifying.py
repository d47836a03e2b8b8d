"""Run pytest over the checks of the chosen claims, in this process, and show what came of it."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import pytest

from proofbook import runs
from proofbook.cli import here
from proofbook.cli.consoles import console
from proofbook.cli.live import Onlooker
from proofbook.cli.redirection import kept, redirected
from proofbook.cli.sessions import NO_WARNING, Outcome, without_run
from proofbook.errors import NoVerdict
from proofbook.log.head import NAME
from proofbook.report import exit_code
from proofbook.report.coloured import Report
from proofbook.report.table import render

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.evidence import Run
    from proofbook.log import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the command line asked for."""

    select: tuple[str, ...]
    target: str
    as_json: bool
    workers: str
    keyword: str | None
    stop: bool
    fault: str | None
    seed: int | None
    #: Where log, evidence and reports are written, from the root.
    store: str
    #: `2/4`, where the run has shards; they share `run_id`.
    shard: str | None
    run_id: str | None
    #: For pytest, as they came.
    extra: tuple[str, ...]


def run(verification: Verification) -> int:
    """Verify, show the report, and say how it ended."""
    root = here.root()
    arguments = arguments_for(verification, root)
    run_id = verification.run_id or runs.new_id(datetime.now(UTC), secrets.token_hex(3))
    folder = runs.create(root, chain_name(run_id, verification.shard), verification.store)
    outcome = Outcome()
    with kept(sys.stderr if verification.as_json else sys.stdout) as stream:
        is_seen = stream.isatty() or not verification.as_json
        onlooker = Onlooker(console(stream) if is_seen else None)
        with onlooker.watching(), redirected(folder / "pytest.log"):
            code = pytest.main([*arguments, f"--run-id={run_id}"], plugins=[onlooker, outcome])
    if outcome.run is None:
        raise without_run(outcome.error, code, folder / "pytest.log")
    _show(outcome.run, outcome.head, as_json=verification.as_json)
    if outcome.error:
        raise outcome.error
    return exit_code(outcome.run)


def chain_name(run_id: str, shard: str | None) -> str:
    """
    What the run's log and its folder are called.

    A usage error where it is no name, or where a shard's run has none that its fellows could know.
    """
    if not NAME.fullmatch(run_id):
        raise click.UsageError(
            f"--run-id: {run_id!r} is no name of a run; letters, digits, `.`, `_` and `-` make one."
        )
    return run_id if shard is None else f"{run_id}.{shard.replace('/', '-of-')}"


def arguments_for(verification: Verification, root: Path) -> list[str]:
    """
    What pytest is called with: the checks of the chosen systems, and the words of the user.

    Raises `RunbookError`, a usage error for a name that does not exist, and `NoVerdict` where
    nothing can be meant.
    """
    claims = [claim.id for runbook in here.runbooks(root) for claim in runbook.claims]
    chosen = here.chosen(verification.select, claims)
    given = {
        "--target": verification.target,
        "--fault": verification.fault,
        "--seed": verification.seed,
        "--store": verification.store,
        "--shard": verification.shard,
        "-k": verification.keyword,
        "-n": _workers(verification.workers, len(chosen.claims)),
    }
    # In one word each: a path that stands alone would be one more place to look for checks and settings.
    options = [
        f"{name}={value}" if name.startswith("--") else f"{name}{value}"
        for name, value in given.items()
        if value is not None
    ]
    options += [f"--claim={word}" for word in verification.select]
    options += ["-x"] if verification.stop else []
    folders = _folders(root, chosen.systems)
    return [
        *folders,
        f"--rootdir={root}",
        NO_WARNING,
        *options,
        *(
            ["--dist=loadgroup"] if given["-n"] != "0" else []
        ),  # checks that share what is dear to start
        *verification.extra,
    ]


def _workers(asked: str, claims: int) -> str:
    """As many as asked for; `auto` starts none for a single claim, where they cost more than they save."""
    return "0" if asked == "auto" and claims == 1 else asked


def _folders(root: Path, systems: frozenset[str]) -> list[str]:
    """The folders of the chosen systems' checks; all of them where one has no folder of its own."""
    checks = root / "checks"
    if not checks.is_dir():
        raise NoVerdict(f"nothing was inspected: there is no folder {checks}. Write a check there.")
    own = [checks / system for system in sorted(systems)]
    return [str(folder) for folder in own] if all(f.is_dir() for f in own) else [str(checks)]


def _show(run: Run, head: Head | None, *, as_json: bool) -> None:
    out = console(sys.stdout)
    if as_json:
        click.echo(runs.to_json(run), nl=False)
        click.echo(f"head of the log: {head}", err=True)
    elif out.is_terminal:
        out.print(Report(run, head), crop=False)
    else:
        click.echo(render(run, width=out.width, head=head), nl=False)
