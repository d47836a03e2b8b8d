"""A target file alone describes a program: the checks hold for a CORE OS that is not built on ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: What a project needs to run the checks of its own; no stand-in among it.
PROJECT = ("gates.toml", "pyproject.toml", "conftest.py", "runbooks", "checks", "tests/other")
TARGET = "tests/other/tiny.toml"
HOLDS = (
    "coreos.health-is-fresh",
    "coreos.highest-priority-first",
    "coreos.lease-holds-until-it-ends",
    "coreos.lease-duration-set-at-enqueue",
    "coreos.no-empty-claim-while-work-waits",
    "coreos.retries-bounded",
)
LACKS = {
    "coreos.tampered-request-refused": (
        "the target's worker_auth is fixed headers: no request is signed"
    ),
    "coreos.audit-rows-stored": (
        f"{TARGET}: systems.coreos.sql is not given: its tables cannot be read"
    ),
    "coreos.expired-tickets-set-aside": (
        "TICKET_TTL_SECONDS cannot be set here, and its default of 1800 s is longer "
        "than the 60 s that a check waits"
    ),
    "coreos.tampered-ticket-refused": (
        f"{TARGET}: systems.coreos has no worker among its processes; it has: api"
    ),
    "coreos.health-follows-store": (
        f"{TARGET}: systems.coreos.store is not given: what holds the state is not known"
    ),
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of runbooks and checks, beside the tiny program: no `systems/` is there."""
    folder = tmp_path_factory.mktemp("another place")
    for name in PROJECT:
        source, goal = ROOT / name, folder / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, goal)
    return folder


def proofbook(project: Path, *args: str) -> tuple[int, Any]:
    """Exit code and JSON of a command that is run in the project."""
    done = subprocess.run(
        [sys.executable, "-c", "from proofbook.cli import main; main()", *args, "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={name: said for name, said in os.environ.items() if not name.startswith("PYTEST")},
    )
    assert done.stdout.strip(), done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout)


def test_claims_hold_for_a_program_that_only_its_target_describes(project: Path) -> None:
    """What it keeps passes; what it lacks is not asked, and says why."""
    code, run = proofbook(project, "verify", *HOLDS, *LACKS, "--target", TARGET)

    records = {record["claim"]: record for record in run["records"]}
    verdicts = {name: records[name]["verdict"] for name in (*HOLDS, *LACKS)}
    assert verdicts == dict.fromkeys(HOLDS, "pass") | dict.fromkeys(LACKS, "no_verdict")
    assert {name: records[name]["reason"] for name in LACKS} == LACKS
    assert code == 0


def test_claims_fail_where_that_program_is_broken(project: Path) -> None:
    """A fault of its own, which stands in its target file, is seen."""
    args = ("--only", "forgets-priority", "--target", TARGET)
    code, matrix = proofbook(project, "faults", "coreos", *args)

    assert code == 0, json.dumps(matrix)[:2000]
