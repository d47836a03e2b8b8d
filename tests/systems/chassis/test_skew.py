"""A program whose clock is wrong, and whose stopwatch is right."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, sys, time
from datetime import UTC, datetime
before = time.monotonic()
print(json.dumps({
    "time": time.time(), "ns": time.time_ns() / 1e9, "now": datetime.now(UTC).timestamp(),
    "monotonic": before, "argv": sys.argv, "name": __name__,
    "read": datetime.fromtimestamp(0, UTC).isoformat(),
}))
"""


def shown(folder: Path, *words: str) -> Mapping[str, object]:
    """What a program says of its clocks and itself."""
    (folder / "clocks.py").write_text(PROGRAM, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "systems.chassis.skew", *words],
        cwd=ROOT,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, object] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_the_clock_is_off_and_nothing_else(tmp_path: Path, seconds: int) -> None:
    """Whichever way it is asked; instants that are only read are read rightly, and arguments pass."""
    found = shown(tmp_path, str(seconds), "-m", "clocks", "one", "two")

    for way in ("time", "ns", "now"):
        assert found[way] == pytest.approx(time.time() + seconds, abs=60)
    assert found["monotonic"] == pytest.approx(time.monotonic(), abs=60)
    assert found["read"] == "1970-01-01T00:00:00+00:00"
    assert (found["name"], found["argv"][1:]) == ("__main__", ["one", "two"])  # type: ignore[index]  # a list


def test_a_wrong_command_line_is_refused() -> None:
    """With how it is used."""
    ended = subprocess.run(
        [sys.executable, "-m", "systems.chassis.skew", "3600"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (
        1,
        "usage: python -m systems.chassis.skew SECONDS -m MODULE [ARGUMENT]...\n",
    )
