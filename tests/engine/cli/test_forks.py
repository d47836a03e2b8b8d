"""Runs in forks of one process: each is whole, each is told of, and none hangs for ever."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proofbook import runs
from proofbook.cli import trials
from proofbook.matrix import Planted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.engine.cli.conftest import Project

WARM = ["verify", "demo.fast", "--plan"]
FAST = ["verify", "demo.fast", "-n0", "--json"]
HANGS = "def test_answers_fast(claim, rate):\n    __import__('time').sleep(600)"


def forked(
    project: Project, *runs: Sequence[str], warm: Sequence[str] = WARM, first_seconds: int = 60
) -> list[dict[str, object]]:
    """What is told of these runs, one at a time; their words are in files by their number."""
    plan = {
        "jobs": 1,
        "warm": [list(warm)],
        "runs": [
            {
                "name": str(n),
                "argv": list(argv),
                "output": str(project.root / str(n)),
                "seconds": 60 if n else first_seconds,
            }
            for n, argv in enumerate(runs)
        ],
    }
    project.write("plan.json", json.dumps(plan))
    ended = subprocess.run(
        [sys.executable, "-m", "proofbook.cli.forks", "plan.json"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    for event in told:
        if "ended" in event:
            assert event.pop("seconds") > 0
    return told


@pytest.mark.slow
@pytest.mark.parametrize("warm", [WARM, ["verify", "no.such-claim"]], ids=["warm", "not warm"])
def test_each_run_is_whole_and_told_of(project: Project, warm: list[str]) -> None:
    """Words go to its own file, the code is its own; what was to warm it up may fail."""
    told = forked(project, FAST, ["verify", "demo.none"], FAST, warm=warm)

    assert told == [
        *({"began": "0"}, {"ended": "0", "code": 0}),
        *({"began": "1"}, {"ended": "1", "code": 3}),
        *({"began": "2"}, {"ended": "2", "code": 0}),
    ]
    words = [(project.root / name).read_text() for name in "02"]
    first, last = (runs.from_json(said[: said.rindex("}") + 1]) for said in words)
    assert first.id != last.id
    assert "there is no claim 'demo.none'" in (project.root / "1").read_text()


@pytest.mark.slow
def test_a_run_that_hangs_is_killed(project: Project) -> None:
    """The next one is made all the same."""
    project.change("checks/demo/test_counting.py", "def test_answers_fast(claim, rate):", HANGS)

    told = forked(project, FAST, ["verify", "demo.none"], first_seconds=2)

    assert told == [
        *({"began": "0"}, {"ended": "0", "code": -14}),
        *({"began": "1"}, {"ended": "1", "code": 3}),
    ]


def test_runs_that_are_never_made_are_lost(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the process that makes them die, each claim still hears of it."""
    monkeypatch.chdir(project.root)
    monkeypatch.setattr(sys, "argv", ["proofbook"])
    monkeypatch.setenv("PYTHONPATH", str(project.root))
    project.write("proofbook/__init__.py", "raise SystemExit('out of memory')\n")
    fault = Planted(name="demo.miscount", breaks=("demo.counted",), unaffected=("demo.fast",))

    found = list(trials.run([fault], ["demo.counted", "demo.fast"], "local", 2, lambda _: None))

    assert [trial.fault.claims for trial in found] == [("demo.counted",), ("demo.fast",)]
    assert {(trial.run, trial.error) for trial in found} == {
        (
            None,
            "no run was made of it: the process that makes them ended with code 1 and said: out of memory",
        )
    }
