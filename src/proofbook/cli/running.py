"""Walk a page's steps at a target: bring a copy up where that is ours to do, run, undo, report."""

from __future__ import annotations

import fcntl
import json
import secrets
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from proofbook import project, runs, steps, targets
from proofbook.claims import system_of
from proofbook.cli import here
from proofbook.cli.consoles import console
from proofbook.cli.telling import Teller
from proofbook.cli.walking import Walking, check_same, told_before
from proofbook.errors import NoVerdict, ReportError, StackError
from proofbook.instruments.procedures import Journal, Procedure, now
from proofbook.report import Exit
from proofbook.runs.folders import JOURNAL, RUNS
from proofbook.stack import Ready, Stack
from proofbook.stack.outcomes import Finished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.stack import Twin
    from proofbook.steps import Step
    from proofbook.steps.journal import Entry
    from proofbook.targets import Target

#: Where the folder lies that the steps of a run share: it is nobody's evidence, and may hold cookies.
SHARED = ".proofbook/steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What the command line asked for."""

    runbook: str
    target: str
    only: tuple[str, ...]
    given: tuple[str, ...]
    plan_only: bool
    resume: str | None
    rollback: bool
    as_json: bool

    @property
    def variables(self) -> dict[str, str]:
        """What the person set. Raises a usage error for what is no `NAME=VALUE`."""
        for word in self.given:
            if not word.partition("=")[0].isidentifier() or "=" not in word:
                raise click.UsageError(f"--set {word} sets nothing; write --set NAME=VALUE")
        return {name: value for name, _, value in (word.partition("=") for word in self.given)}


def walk(running: Running) -> int:
    """Walk, and say how it ended."""
    root = here.root()
    given = running.variables
    path, text = _page(running.runbook, root)
    page = steps.read(text, path)
    target = targets.load(root, running.target)
    run_id = running.resume or runs.new_id(datetime.now(UTC), secrets.token_hex(3))
    folder = root / RUNS / run_id
    if running.resume:
        _check_resumable(target, folder)
    with (
        Stack(target, root=root, logs=folder / "logs") as stack,
        stack.twin(system_of(path) or "") as twin,
    ):
        is_lasting = target.kind == "deployment" and not running.plan_only
        procedure = Procedure.of(
            page,
            twin.scripts,
            target=target,
            secrets=stack.secrets,
            folder=_shared(root, run_id) if is_lasting else None,
        )
        out = console(sys.stderr if running.as_json else sys.stdout)
        teller = Teller(out, path, target, run_id, procedure)
        wanted = _wanted(running, procedure)
        if running.plan_only:
            teller.plan(wanted)
            code, outcome = Exit.PASS, "planned"
        else:
            procedure.check_permitted(_possible(running, procedure, wanted))
            if target.kind == "deployment":
                stack.check_identity()
            with _held(folder) as journal:
                code, outcome = _begun(
                    running, twin, Walking(procedure, journal, given, teller), wanted
                )
        if running.as_json:
            click.echo(json.dumps(teller.whole(outcome), indent=1, ensure_ascii=False))
    return code


def _begun(
    running: Running, twin: Twin, walking: Walking, wanted: tuple[Step, ...]
) -> tuple[Exit, str]:
    """Open the journal, bring a copy up where that is ours to do, and walk; how it ended."""
    journal, teller, target = walking.journal, walking.teller, walking.procedure.target
    before = journal.read() if running.resume else ()
    told = {**told_before(before), **walking.given}
    opened = steps.Opened(
        page=teller.page,
        target=target.path,
        at=now(),
        given=tuple(f"{name}={value}" for name, value in told.items()),
    )
    check_same(before, opened, teller.run_id)
    journal.write(opened)
    if target.kind != "deployment":
        _bring_up(twin, teller)
    try:
        return _walked(running, replace(walking, given=told), before, wanted)
    except KeyboardInterrupt:
        teller.cut_off()
        raise


def _walked(
    running: Running, walking: Walking, before: tuple[Entry, ...], wanted: tuple[Step, ...]
) -> tuple[Exit, str]:
    """Forward, back, or forward and then back; how it ended."""
    if running.resume and running.rollback:
        return walking.back(Exit.PASS)
    if walking.forward(before, wanted, again=bool(running.only)):
        return Exit.PASS, "done"
    return walking.back(Exit.FAIL) if running.rollback else (Exit.FAIL, "stopped")


def _check_resumable(target: Target, folder: Path) -> None:
    """Raise a usage error where there is nothing to go on with."""
    if target.kind != "deployment":
        raise click.UsageError(
            f"{target.path} is brought up for a run and gone after it: there is nothing to resume. "
            "Run the steps anew; at a target whose kind is deployment a run can be resumed."
        )
    if not (folder / JOURNAL).exists():
        raise click.UsageError(
            f"there is no run {folder.name} of steps; reports/runs/ holds one folder a run"
        )


def _possible(running: Running, procedure: Procedure, wanted: tuple[Step, ...]) -> tuple[Step, ...]:
    """All the steps that may come to be run."""
    undoing = tuple(step for step in procedure.steps if step.rollback) if running.rollback else ()
    return undoing if running.resume and running.rollback else (*wanted, *undoing)


def _page(name: str, root: Path) -> tuple[str, str]:
    """The path and text of the page that `name` means. A usage error where none, or several, do."""
    pages = {path: text for path, text in project.pages(root).items() if system_of(path)}
    wanted = name.removeprefix("./").removesuffix(".md")
    found = [path for path in pages if f"/{path}".removesuffix(".md").endswith(f"/{wanted}")]
    if len(found) == 1:
        return found[0], pages[found[0]]
    with_steps = [path for path, text in pages.items() if steps.read(text, path)]
    listed = ", ".join(p.removeprefix("runbooks/").removesuffix(".md") for p in found or with_steps)
    what = f"{name!r} means several pages" if found else f"there is no page {name!r} with steps"
    raise click.UsageError(f"{what}; name one of: {listed or 'none'}")


def _wanted(running: Running, procedure: Procedure) -> tuple[Step, ...]:
    """The steps that were asked for. Raises `NoVerdict` where there is none."""
    try:
        wanted = tuple(map(procedure.named, running.only))
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    wanted = wanted or tuple(step for step in procedure.steps if step.rollback is None)
    if not wanted:
        many = len({step.name for step in procedure.page})
        why = f"none of its {many} is for {procedure.target.path}" if many else "it has none"
        raise NoVerdict(
            f"no step was run: {running.runbook} has steps in fences with a name; {why}."
        )
    return wanted


def _shared(root: Path, run_id: str) -> Path:
    """The folder that the steps of a run share; nobody else may look into it."""
    folder = root / SHARED / run_id
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (root / ".proofbook" / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise StackError(f"{SHARED} cannot be written: {error.strerror}") from None
    return folder


@contextmanager
def _held(folder: Path) -> Iterator[Journal]:
    """The journal of a run, nobody else's meanwhile. Raises `ReportError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "steps.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Journal(folder / JOURNAL)
    except BlockingIOError:
        raise ReportError(
            f"{RUNS}/{folder.name}: another process is walking this run; wait for it, or end it"
        ) from None


def _bring_up(twin: Twin, teller: Teller) -> None:
    """Start the copy as an operator would: by the target's own command, or process by process."""
    teller.copying()
    if "up" in twin.system.commands:
        end = twin.command("up")
        if not (isinstance(end, Finished) and end.code == 0):
            raise StackError(f"commands.up did not bring the copy up:\n{end.output[-800:]}")
        return
    for process in twin.system.processes:
        outcome = twin.start(process)
        if not isinstance(outcome, Ready):
            raise StackError(
                f"{twin.system.name}.{process} did not start:\n{outcome.output[-800:]}"
            )
