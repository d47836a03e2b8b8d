"""No promise of a runbook is lost on its way to a claim."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from proofbook.claims import read_all

ROOT = Path(__file__).parents[2]
#: Rows of each system's contract, each a promise.
ROWS = {"coreos": 95, "jobsources": 119, "kernel": 97}


@pytest.fixture(scope="module", params=sorted(ROWS))
def system(request: pytest.FixtureRequest) -> str:
    """A system that has a runbook here."""
    return str(request.param)


@pytest.fixture(scope="module")
def promises(system: str) -> dict[str, dict[str, str]]:
    """The map from promises to claims."""
    with (ROOT / "tests" / "promises" / f"{system}.toml").open("rb") as file:
        return tomllib.load(file)


@pytest.fixture(scope="module")
def claims(system: str) -> frozenset[str]:
    """The ids of all claims that the system's runbook states."""
    folder = ROOT / "runbooks" / system
    pages = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.glob("*.md")
    }
    return frozenset(claim.id for page in read_all(pages) for claim in page.claims)


def test_each_promise_has_a_claim_of_its_own(
    system: str, promises: dict[str, dict[str, str]]
) -> None:
    """As many ids as promises, and no id of theirs among the claims beyond."""
    ids = list(promises["rows"].values())

    assert len(ids) == ROWS[system]
    assert len(set(ids)) == ROWS[system]
    assert set(ids) & set(promises["beyond"]) == set()


def test_each_promise_is_claimed_or_known_to_be_owed(
    promises: dict[str, dict[str, str]], claims: frozenset[str]
) -> None:
    """The runbook's claims and the debt together are the promises: none twice, none missing."""
    owed = list(promises["pending"])

    assert set(promises["rows"].values()) - claims == set(owed)
    assert len(owed) == len(set(owed))


def test_each_claim_answers_a_promise(
    promises: dict[str, dict[str, str]], claims: frozenset[str]
) -> None:
    """A claim that no promise asked for says here where it comes from."""
    assert claims - set(promises["rows"].values()) == set(promises["beyond"])
