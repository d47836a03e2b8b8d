"""Sessions of pytest in this process: what they planned, how they ended, and why if not with a run."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from proofbook.cli.redirection import redirected
from proofbook.errors import InvalidInput, NoVerdict, ProofbookError, RunbookError, WrongPlace
from proofbook.pytest_plugin.collecting import uncollected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.errors import Problem
    from proofbook.evidence import Run
    from proofbook.log import Head
    from proofbook.pytest_plugin.plan import Plan

#: The plugin was imported by this program before pytest could: its assertions are not rewritten, and
#: need not be.
NO_WARNING = "-Wignore::pytest.PytestAssertRewriteWarning"

#: So many of pytest's last lines are shown where it would not begin.
_TOLD = 20


class Outcome:
    """A plugin of pytest that keeps what a session planned and how it ended."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.run: Run | None = None
        self.head: Head | None = None
        self.error: ProofbookError | None = None

    def pytest_proofbook_planned(self, plan: Plan) -> None:
        """What is going to be asked."""
        self.plan = plan

    def pytest_proofbook_run(self, run: Run, head: Head) -> None:
        """The run that was made, and where its log ends."""
        self.run, self.head = run, head

    def pytest_proofbook_refused(self, error: ProofbookError) -> None:
        """Why none could be, or why it is not on the disk."""
        self.error = error


def collect(arguments: Sequence[str], outcome: Outcome) -> Exception | None:
    """Collect and run nothing; why there is no plan, if there is none."""
    with tempfile.TemporaryDirectory(prefix="proofbook-") as folder:
        log = Path(folder) / "collected" / "pytest.log"
        log.parent.mkdir()
        with redirected(log):
            code = pytest.main([*arguments, "--collect-only", "-n0"], plugins=[outcome])
        return None if outcome.plan else without_run(outcome.error, code, log)


def without_run(error: ProofbookError | None, code: int, log: Path) -> Exception:
    """Why pytest ended without a run; what never began leaves no folder."""
    lines = _told(log)
    said, told = "; ".join(lines[-2:]) or "it said nothing", "\n".join(lines[-_TOLD:])
    if isinstance(error, InvalidInput | WrongPlace) or code == pytest.ExitCode.USAGE_ERROR:
        shutil.rmtree(log.parent, ignore_errors=True)
    if error is not None:
        return error
    match code:
        case pytest.ExitCode.USAGE_ERROR if broken := _broken_conftest(lines):
            return RunbookError([broken])
        case pytest.ExitCode.USAGE_ERROR:
            return click.ClickException(f"pytest refuses what it was given.\n{told}")
        case pytest.ExitCode.INTERRUPTED:
            return click.Abort()
        case pytest.ExitCode.OK | pytest.ExitCode.NO_TESTS_COLLECTED:
            return NoVerdict(f"nothing was inspected: {said}. The whole of it: {log}")
        case _:
            return ProofbookError(f"pytest ended with code {code}: {said}. The whole of it: {log}")


def _told(log: Path) -> list[str]:
    """The lines that pytest wrote, without empty ones and rules."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return [line.rstrip() for line in lines if line.strip(" =-_")]


def _broken_conftest(lines: list[str]) -> Problem | None:
    """The conftest that cannot be imported, if that is what pytest ended on."""
    for line in lines:
        if match := re.fullmatch(r"ImportError while loading conftest '(.*)'\.", line):
            path = Path(match[1]).resolve()
            here = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
            return uncollected(here.as_posix(), "\n".join(lines))
    return None
