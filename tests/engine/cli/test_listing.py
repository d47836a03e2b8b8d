"""`proofbook faults --plan`: what could be planted is listed, and nothing is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proofbook.cli import main

if TYPE_CHECKING:
    import pytest

    from tests.engine.cli.conftest import Project


def test_every_fault_is_listed_with_its_claims(
    inside: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each claim; nothing runs, and nothing is written."""
    assert main(["faults", "demo", "--plan"]) == 0

    said = capsys.readouterr()
    assert said.err == ""
    assert [" ".join(line.split()) for line in said.out.splitlines()] == [
        "fault breaks leaves alone",
        "demo.miscount demo.counted demo.fast",
        "",
        "1 faults would be planted; nothing was done",
    ]
    assert not (inside.root / "reports").exists()


def test_a_narrow_window_cuts_no_name(
    inside: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are there to be copied: each has a line of its own."""
    monkeypatch.setenv("COLUMNS", "20")
    assert main(["faults", "demo", "--plan"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "demo.miscount",
        "  breaks demo.counted",
        "  leaves alone demo.fast",
        "",
        "1 faults would be planted; nothing was done",
    ]
    assert inside.root.is_dir()


def test_a_script_reads_the_same(inside: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the faults that were named."""
    assert main(["faults", "demo", "--only", "miscount", "--plan", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told == {
        "schema": 1,
        "faults": [
            {"name": "demo.miscount", "breaks": ["demo.counted"], "unaffected": ["demo.fast"]}
        ],
    }
    assert inside.root.is_dir()
