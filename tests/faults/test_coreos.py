"""A check is finished when it has been seen to fail: every claim of CORE OS has a fault that breaks it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from proofbook.claims import read_all

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def faults() -> list[dict[str, Any]]:
    """The faults that the stand-in knows."""
    listed = subprocess.run(
        [sys.executable, "-m", "systems.coreos.faults", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(listed.stdout)
    return found


@pytest.fixture(scope="module")
def claims() -> frozenset[str]:
    """The ids of all claims that the runbook states."""
    pages = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "runbooks" / "coreos").glob("*.md")
    }
    return frozenset(claim.id for page in read_all(pages) for claim in page.claims)


def test_each_claim_has_a_fault_that_breaks_it(
    faults: list[dict[str, Any]], claims: frozenset[str]
) -> None:
    """A claim that nothing breaks is held by a check that nobody has seen fail."""
    broken = {claim for fault in faults for claim in fault["breaks"]}

    assert claims - broken == set()


def test_each_fault_speaks_of_promises(faults: list[dict[str, Any]]) -> None:
    """What a fault breaks or spares is a promise of the runbook's, by its right name."""
    with (ROOT / "tests" / "promises" / "coreos.toml").open("rb") as file:
        promises = tomllib.load(file)
    known = {*promises["rows"].values(), *promises["beyond"]}

    spoken = {claim for fault in faults for claim in (*fault["breaks"], *fault["unaffected"])}

    assert spoken - known == set()
