"""Faults of backups take hold: what is kept, and when the next one is due, is another than it was."""

from __future__ import annotations

import subprocess
import sys

from tests.systems.deployment import ROOT

#: Look, plant, look again.
LOOKED = """
import hashlib, json, sys, tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from systems.kernel import backups
from systems.kernel.schedule import Schedule
from systems.kernel.faults.__main__ import FAULTS

now = datetime.now(UTC)
folder = Path(tempfile.mkdtemp())

def keep(days):
    content = str(days).encode()
    (folder / f"{days}.dump").write_bytes(content)
    told = {"file": f"{days}.dump", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    told |= {"snapshotAt": (now - timedelta(days=days)).isoformat()}
    (folder / f"{days}.manifest.json").write_text(json.dumps(told))

def pruned():
    for days in (0, 8, 100):
        keep(days)
    gone = backups.prune(folder, timedelta(days=90), now)
    return sorted(each.name.partition(".")[0] for each in gone)

def due():
    told = SimpleNamespace(folder=folder, interval=timedelta(seconds=1))
    schedule = Schedule(told)
    schedule._newest = now - timedelta(hours=1)
    return schedule._due() == timedelta()

looks = {"kept-for-a-week": pruned, "backups-never-pruned": pruned, "stops-after-one": due}
name = sys.argv[1]
before = looks[name]()
next(fault for fault in FAULTS if fault.name == name).plant()
print(json.dumps([before, looks[name]()]))
"""


def looked(name: str) -> str:
    """What is seen before a fault is planted, and after."""
    argv = [sys.executable, "-c", LOOKED, name]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_a_week_is_all_that_is_kept() -> None:
    """What is eight days old goes, too."""
    assert looked("kept-for-a-week") == '[["100"], ["100", "8"]]'


def test_nothing_is_pruned() -> None:
    """However old."""
    assert looked("backups-never-pruned") == '[["100"], []]'


def test_the_second_is_never_due() -> None:
    """An hour after the first one, of a schedule of seconds."""
    assert looked("stops-after-one") == "[true, false]"
