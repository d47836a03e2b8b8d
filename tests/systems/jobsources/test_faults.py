"""The faults of the job sources, as the engine reads them: names, claims, a place of their own."""

from __future__ import annotations

import ast
import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from systems.chassis import launcher
from systems.jobsources.faults.__main__ import FAULTS
from tests.systems.deployment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = {"api", "worker", "web", "callbacks-replay", "smoke", "verify-deployment", "steps"}


def test_names_are_unique_and_claims_are_promised() -> None:
    """A fault that breaks a claim which nobody makes would prove nothing."""
    path = ROOT / "tests" / "promises" / "jobsources.toml"
    promises = tomllib.loads(path.read_text(encoding="utf-8"))
    promised = {*promises["rows"].values(), *promises["beyond"]}

    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        assert fault.breaks, fault.name
        assert fault.process in PROCESSES, fault.name
        assert promised >= {*fault.breaks, *fault.unaffected}, fault.name


def test_the_list_is_json() -> None:
    """As the engine reads it."""
    listed = json.loads(launcher.listing(FAULTS))

    keys = {tuple(each) for each in listed}
    assert keys == {("name", "process", "breaks", "unaffected", "reason")}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "systems" / "jobsources").glob("*.py")), ids=lambda path: path.name
)
def test_the_programs_know_nothing_of_faults(path: Path) -> None:
    """They import none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    names = [
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if "faults" in name]
