"""A small project in a folder of its own, and the program run in it as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """\
---
owner: SRE
escalation: "#ops"
---

# Counting

> **demo.counted** — It counts `jobs = 5` jobs.

> **demo.fast** — An answer comes with `p95 <= 600 ms` at `rate = 200 req/s`.

> **demo.survives** — It survives `kills = 1` kill.

> **demo.known** — The rota is known (`by = "SRE"`).
"""

CONFTEST = """\
import pytest
from proofbook.effects import disrupts, exercises


@pytest.fixture
@exercises
def counter(stack):
    with stack.twin("demo") as twin:
        yield twin.start("counter")


@pytest.fixture
@disrupts
def killer():
    return None
"""

CHECKS = """\
import pytest


@pytest.mark.claim("demo.counted")
def test_counts(claim, counter):
    claim.require(hasattr(counter, "process"), "it did not start")
    assert f"counted {claim['jobs']}" in counter.process.output()


@pytest.mark.claim("demo.fast")
@pytest.mark.parametrize("rate", [100, 200])
def test_answers_fast(claim, rate):
    print("noise that nobody should see on standard output")
    assert rate <= claim["rate"]
    claim.expect(p95=412)


@pytest.mark.claim("demo.survives")
def test_survives(claim, killer):
    assert claim["kills"]
"""

COUNTER = """\
import os
import time

print("counted", os.environ["COUNT"], flush=True)
time.sleep(600)
"""

TARGET = """\
kind = "stand-in"
permits = "exercises"

[systems.demo.counter]
command = ["{python}", "counter.py"]
cwd = "{root}"
ready = { log = "counted", within = "30 s" }
env = { COUNT = "5" }

[systems.demo.counter.faults.miscount]
env = { COUNT = "4" }
breaks = ["demo.counted"]
unaffected = ["demo.fast"]
"""


@dataclass(frozen=True)
class Ended:
    """How the program ended, and what it said."""

    code: int
    out: str
    err: str


class Project:
    """A project's folder, with a space in its path."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("gates.toml", "schema = 1\n")
        self.write("runbooks/demo/counting.md", PAGE)
        self.write("checks/demo/conftest.py", CONFTEST)
        self.write("checks/demo/test_counting.py", CHECKS)
        self.write("targets/local.toml", TARGET)
        self.write("counter.py", COUNTER)

    def write(self, path: str, text: str) -> None:
        """A file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands in a file once."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        self.write(path, text.replace(old, new))

    def start(self, *words: str, cwd: str = ".") -> subprocess.Popen[str]:
        """The program, started."""
        return subprocess.Popen(
            [sys.executable, "-m", "proofbook", *words],
            cwd=self.root / cwd,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, cwd: str = ".") -> Ended:
        """The program, run to its end."""
        with self.start(*words, cwd=cwd) as process:
            out, err = process.communicate(timeout=120)
        return Ended(process.returncode, out, err)

    def runs(self) -> list[str]:
        """The ids of the runs that were written, the oldest first."""
        return sorted(path.parent.name for path in self.root.glob("reports/runs/*/run.json"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a claim of each kind: checked, unpermitted, answered by people."""
    return Project(tmp_path / "a project")


@pytest.fixture
def inside(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project, and we are in it."""
    monkeypatch.chdir(project.root)
    return project
