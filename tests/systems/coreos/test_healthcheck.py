"""What a container's health check asks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from systems.coreos.healthcheck import api_is_well, worker_is_well

if TYPE_CHECKING:
    from pathlib import Path


def process(folder: Path, number: int, words: str, state: str = "S") -> None:
    """A process as `/proc` shows it."""
    entry = folder / str(number)
    entry.mkdir()
    (entry / "cmdline").write_bytes(words.replace(" ", "\0").encode() + b"\0")
    (entry / "stat").write_text(f"{number} (a (b) c) {state} 0 0")


@pytest.mark.parametrize(
    ("words", "state", "well"),
    [
        ("python3 -m systems.coreos.worker", "S", True),
        ("python3 -m systems.coreos.worker", "Z", False),
        ("sleep 60", "S", False),
        ("python3 -m systems.coreos.healthcheck worker systems.coreos.worker", "R", False),
    ],
)
def test_a_worker_is_well_while_its_process_runs(
    tmp_path: Path, words: str, state: str, *, well: bool
) -> None:
    """Not the question itself, nothing else, and nothing that has ended."""
    process(tmp_path, 1, words, state)
    (tmp_path / "net").mkdir()
    (tmp_path / "2").mkdir()  # it ended while it was looked at

    assert worker_is_well(tmp_path) is well


def test_an_api_that_does_not_answer_is_not_well() -> None:
    """Nobody listens there."""
    assert not api_is_well(9)


def test_a_question_nobody_knows_is_refused() -> None:
    """The usage, and an exit code that Docker takes for unwell."""
    ran = subprocess.run(
        [sys.executable, "-m", "systems.coreos.healthcheck", "store"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1
    assert ran.stderr == "usage: python -m systems.coreos.healthcheck api | worker\n"
