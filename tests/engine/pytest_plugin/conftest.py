"""A project of a test's own, and pytest run on it as its user would."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

# A session in a session takes away what was first imported in it; httpx imports this late, and then knows
# an older copy's errors only.
import httpcore  # noqa: F401
import pytest

from proofbook import runs

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.pytester import RunResult

    from proofbook.errors import ProofbookError
    from proofbook.evidence import Attempt, Case, Record, Run
    from proofbook.pytest_plugin.plan import Plan

_RUNBOOK = "---\nowner: Shop team\nescalation: shop-on-call\n---\n\n# Shop\n"
_TARGET = """
    kind = "stand-in"
    permits = "exercises"

    [systems.shop.api]
    command = ["{python}", "-c", "pass"]
    ready = { running_for = "1 s" }
"""
#: Our own environment has plugins that a user's need not have.
_QUIET = ("-p", "no:valkey", "-p", "no:locust")


class Listener:
    """Hears what the plugin tells while it works."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.errors: list[ProofbookError] = []
        self.runs: list[Run] = []
        self.attempts: list[tuple[str, str, Attempt]] = []

    def pytest_proofbook_planned(self, plan: Plan) -> None:
        self.plans.append(plan)

    def pytest_proofbook_refused(self, error: ProofbookError) -> None:
        self.errors.append(error)

    def pytest_proofbook_run(self, run: Run) -> None:
        self.runs.append(run)

    def pytest_proofbook_attempt(self, claim: str, nodeid: str, attempt: Attempt) -> None:
        self.attempts.append((claim, nodeid, attempt))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one session of pytest ended."""

    code: int
    out: str
    err: str
    #: What it wrote; `None` if it wrote no run.
    run: Run | None
    told: Listener

    def record(self, claim: str) -> Record:
        """The record of a claim."""
        assert self.run, self.out + self.err
        return next(record for record in self.run.records if record.claim == claim)

    def case(self, claim: str) -> Case:
        """The only case of a claim."""
        (case,) = self.record(claim).cases
        return case

    def verdicts(self) -> dict[str, str]:
        """Claim → its verdict in this run, and the reason where there is one."""
        assert self.run, self.out + self.err
        found = {}
        for record in self.run.records:
            verdict, reason = self.run.verdict(record), self.run.reason(record)
            found[record.claim] = f"{verdict}: {reason}" if reason else str(verdict)
        return found


@dataclass(frozen=True)
class Suite:
    """A project in an empty folder: one runbook, one target, and the checks that a test writes."""

    pytester: pytest.Pytester
    known: set[str] = field(default_factory=set)

    @property
    def root(self) -> Path:
        """The project's root, which is the working directory too."""
        return self.pytester.path

    def write(self, path: str, text: str) -> Path:
        """A file of the project, its common indentation taken away."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def claims(self, **sentences: str) -> None:
        """The runbook: `counts="It counts."` is the claim shop.counts, one a paragraph."""
        quotes = [f"\n> **shop.{id_}** — {text}\n" for id_, text in sentences.items()]
        self.write("runbooks/shop/index.md", _RUNBOOK + "".join(quotes))

    def checks(self, source: str, path: str = "checks/shop/test_shop.py") -> Path:
        """A file of checks that opens with the imports it needs."""
        opening = "import pytest\nfrom proofbook import *\n"
        return self.write(path, opening + dedent(source).lstrip("\n"))

    def target(self, text: str, name: str = "local") -> Path:
        """A target file."""
        return self.write(f"targets/{name}.toml", text)

    def run(self, *args: str) -> Outcome:
        """Pytest on `checks/` in this process, with these arguments."""
        return self.pytest("checks", *args)

    def pytest(self, *args: str) -> Outcome:
        """Pytest in this process, with these arguments alone."""
        told = Listener()
        result = self.pytester.runpytest_inprocess(*_QUIET, *args, plugins=[told])
        return self._outcome(int(result.ret), result, told)

    def apart(self, *args: str) -> Outcome:
        """Pytest on `checks/` in a process of its own."""
        result = self.pytester.runpytest_subprocess(*_QUIET, "checks", *args, timeout=120)
        return self._outcome(int(result.ret), result, Listener())

    def folders(self) -> list[Path]:
        """The runs written so far, the newest last."""
        return sorted((self.root / "reports" / "runs").glob("*/"))

    def _outcome(self, code: int, result: RunResult, told: Listener) -> Outcome:
        fresh = [folder for folder in self.folders() if folder.name not in self.known]
        self.known.update(folder.name for folder in fresh)
        texts = [f / "run.json" for f in fresh if (f / "run.json").exists()]
        run = runs.from_json(texts[-1].read_text(encoding="utf-8")) if texts else None
        return Outcome(
            code=code, out=result.stdout.str(), err=result.stderr.str(), run=run, told=told
        )


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """A project with a claim `shop.holds` without values, a target that permits `exercises`, no checks."""
    suite = Suite(pytester)
    suite.write("gates.toml", "schema = 1\n")
    suite.claims(holds="It holds.")
    suite.target(_TARGET)
    return suite
