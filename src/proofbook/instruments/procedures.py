"""
Run the steps of a page at one place: each alone, or one after the other with a journal.

    rollback = Procedure.of(page, twin.scripts, target=stack.target, secrets=stack.secrets)
    ran = rollback.run("tag-previous")       its end and what it printed
    assert ran.problem == ""

A step that does more than the target permits is not asked, whoever asks.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from proofbook import steps
from proofbook.errors import NotAsked, ReportError
from proofbook.redaction import redacted
from proofbook.stack.outcomes import Finished
from proofbook.stack.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from proofbook.stack.scripts import Scripts
    from proofbook.steps import Ended, Step
    from proofbook.steps.journal import Entry
    from proofbook.targets import Target

#: A shell that stops at the first command that fails, and at a variable that nobody set.
SHELLS: Mapping[str, tuple[str, ...]] = {
    "bash": ("bash", "--noprofile", "--norc", "-euo", "pipefail", "-c"),
    "sh": ("sh", "-eu", "-c"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One step that was run."""

    step: Step
    #: The shell's exit code; `None` where it was ended for taking too long.
    code: int | None
    #: All that it printed, as it did: secrets, too.
    output: str
    seconds: float
    #: One of `steps.journal.OUTCOMES`.
    outcome: str
    #: What was wrong, as a sentence; empty where nothing was.
    problem: str

    def noted(self, secrets: Collection[str]) -> Ended:
        """Its end as it may be written down: without secrets."""
        is_secret = self.step.is_secret
        return steps.Ended(
            step=self.step.name,
            outcome=self.outcome,
            code=self.code,
            seconds=round(self.seconds, 3),
            output="" if is_secret else redacted(self.output, secrets),
            problem="" if is_secret else redacted(self.problem, secrets),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """The steps of a page that are for one target, and the shell that they are run in."""

    #: All of the page's.
    page: tuple[Step, ...]
    #: Those for this target, one of each name.
    steps: tuple[Step, ...]
    scripts: Scripts
    target: Target
    #: Every secret that was resolved so far.
    secrets: Callable[[], Collection[str]]
    #: The folder that the steps share; `None`: the twin's own.
    folder: Path | None = None

    @classmethod
    def of(
        cls,
        page: Sequence[Step],
        scripts: Scripts,
        *,
        target: Target,
        secrets: Callable[[], Collection[str]],
        folder: Path | None = None,
    ) -> Procedure:
        """The page's steps as this target has them."""
        return cls(
            page=tuple(page),
            steps=steps.chosen(page, scripts.system.commands),
            scripts=scripts,
            target=target,
            secrets=secrets,
            folder=folder,
        )

    def named(self, name: str) -> Step:
        """
        The step of that name.

        Raises `NotAsked` if it is for other targets, `LookupError` if the page has none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        for step in self.page:
            if step.name == name:
                lacking = ", ".join(sorted(set(step.needs) - self.scripts.system.commands.keys()))
                key = f"systems.{self.scripts.system.name}.commands.{lacking.partition(',')[0]}"
                raise NotAsked(
                    f"{step.place}: {name} needs the command {lacking}, "
                    f"which {self.target.path} does not give",
                    remedy=f'[{key}] command = ["…"]',
                )
        known = ", ".join(dict.fromkeys(step.name for step in self.page)) or "none"
        raise LookupError(f"there is no step {name!r} on this page; there are: {known}")

    def check_permitted(self, wanted: Iterable[Step]) -> None:
        """Raise `NotAsked` naming the first step that does more than the target permits."""
        for step in wanted:
            if step.effect > self.target.allowed:
                word = "is protected" if self.target.protected else "permits"
                rest = "" if self.target.protected else f" {self.target.permits}"
                raise NotAsked(
                    f"{self.target.path} {word}{rest}; the step {step.name} ({step.place}) "
                    f"{step.effect}",
                    remedy=f'permits = "{step.effect}", if that may be done there',
                )

    def run(self, name: str, **given: str) -> Ran:
        """Run one step, with `given` variables laid over the target's; see `named`."""
        return self.run_step(self.named(name), given)

    def run_step(self, step: Step, given: Mapping[str, str]) -> Ran:
        """Run a step and judge its end, then what it printed."""
        self.check_permitted([step])
        script = Script(
            where=f"{step.place}: the step {step.name}",
            shell=SHELLS[step.language],
            text=step.script,
            variables=step.variables,
            needs=step.needs,
            within_seconds=step.within.total_seconds(),
        )
        began = time.monotonic()
        end = self.scripts.run(script, given=given, folder=self.folder)
        seconds = time.monotonic() - began
        code = end.code if isinstance(end, Finished) else None
        outcome, problem = _judged(step, code, end.output)
        return Ran(
            step=step,
            code=code,
            output=end.output,
            seconds=seconds,
            outcome=outcome,
            problem=problem,
        )


def _judged(step: Step, code: int | None, output: str) -> tuple[str, str]:
    """A step's outcome, and what was wrong."""
    if code is None:
        return "timed_out", f"it had not ended after {step.within.total_seconds():g} s"
    if code:
        return "failed", f"it ended with code {code}"
    problem = "" if step.expected is None else steps.differs(step.expected, output)
    return ("unexpected" if problem else "ok"), problem


class Journal:
    """The journal of one run of steps: a file that is only ever added to, flushed line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[Entry, ...]:
        """What it holds. Raises `ReportError` where there is none, or it is damaged."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise ReportError(f"{self._shown}: this journal cannot be read: {why}") from None
        return steps.entries(text, self._shown)

    def write(self, entry: Entry) -> None:
        """Add an entry; it is on the disk when this returns. Raises `ReportError`."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                _cut(file)
                file.write(steps.line(entry).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ReportError(
                f"{self._shown}: the journal cannot be written: {error.strerror}. "
                "No further step was begun; make room, and go on with --resume."
            ) from None

    @property
    def _shown(self) -> str:
        return f"reports/runs/{self.path.parent.name}/{self.path.name}"


def walk(
    procedure: Procedure,
    wanted: Iterable[Step],
    journal: Journal,
    given: Mapping[str, str],
    seen: Callable[[Step, Ran | None], None],
) -> Ran | None:
    """
    Run steps in order and write down each before and after; the first that does not end well.

    `seen` is called with each step before it begins, and with its end.
    """
    for step in wanted:
        seen(step, None)
        journal.write(steps.Began(step=step.name, digest=step.digest, at=now()))
        ran = procedure.run_step(step, given)
        journal.write(ran.noted(procedure.secrets()))
        seen(step, ran)
        if ran.outcome != "ok":
            return ran
    return None


def now() -> str:
    """The present instant: RFC 3339, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cut(file: IO[bytes]) -> None:
    """Take away a last line that was cut short: it was never written."""
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)
