"""A check is finished when it has been seen to fail: every claim of a system has a fault that breaks it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.claims import read_all
from proofbook.stack.faults import faults
from proofbook.targets import load

if TYPE_CHECKING:
    from proofbook.stack import Fault

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["coreos", "jobsources", "kernel"])
def system(request: pytest.FixtureRequest) -> str:
    """A system that has a runbook here."""
    return str(request.param)


@pytest.fixture(scope="module")
def broken(system: str) -> list[Fault]:
    """Every fault of every target here that starts stand-ins: its own, and its launcher's."""
    targets = [load(ROOT, path.stem) for path in (ROOT / "targets").glob("*.toml")]
    ours = [t for t in targets if t.kind == "stand-in" and system in t.systems]
    return [fault for target in ours for fault in faults(target, system, ROOT)]


@pytest.fixture(scope="module")
def claims(system: str) -> frozenset[str]:
    """The ids of all claims that the runbook states and machines answer."""
    pages = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in (ROOT / "runbooks" / system).glob("*.md")
    }
    return frozenset(claim.id for page in read_all(pages) for claim in page.claims if not claim.by)


def test_each_claim_has_a_fault_that_breaks_it(broken: list[Fault], claims: frozenset[str]) -> None:
    """A claim that nothing breaks is held by a check that nobody has seen fail."""
    seen = {claim for fault in broken for claim in fault.breaks}

    assert claims - seen == set()


def test_each_fault_speaks_of_promises(system: str, broken: list[Fault]) -> None:
    """What a fault breaks or spares is a promise of the runbook's, by its right name."""
    with (ROOT / "tests" / "promises" / f"{system}.toml").open("rb") as file:
        promises = tomllib.load(file)
    known = {*promises["rows"].values(), *promises["beyond"]}

    spoken = {claim for fault in broken for claim in (*fault.breaks, *fault.unaffected)}

    assert spoken - known == set()
