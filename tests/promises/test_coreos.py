"""No promise of the CORE OS runbook is lost on its way to a claim."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from proofbook.claims import read_all

ROOT = Path(__file__).parents[2]
#: Rows of the contract, each a promise.
ROWS = 95


@pytest.fixture(scope="module")
def promises() -> dict[str, dict[str, str]]:
    """The map from promises to claims."""
    with (ROOT / "tests" / "promises" / "coreos.toml").open("rb") as file:
        return tomllib.load(file)


@pytest.fixture(scope="module")
def claims() -> frozenset[str]:
    """The ids of all claims that the CORE OS runbook states."""
    folder = ROOT / "runbooks" / "coreos"
    pages = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.glob("*.md")
    }
    return frozenset(claim.id for page in read_all(pages) for claim in page.claims)


def test_each_promise_has_a_claim_of_its_own(promises: dict[str, dict[str, str]]) -> None:
    """Ninety-five promises, ninety-five ids, and no id of theirs among the claims beyond."""
    ids = list(promises["rows"].values())

    assert len(ids) == ROWS
    assert len(set(ids)) == ROWS
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
