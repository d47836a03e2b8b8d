"""`proofbook up`, `status` and `down`, as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.cli.conftest import Project

pytestmark = pytest.mark.slow


def test_what_is_up_is_told_until_it_is_down(project: Project) -> None:
    """Up once; where it is, for people and scripts; down, and gone."""
    up = project.run("up")
    try:
        assert (up.code, up.err) == (0, "")
        told = json.loads(project.run("status", "--json").out)
        pid = told["pids"]["demo.counter"]
        assert Path(f"/proc/{pid}").exists()
        assert up.out == (
            f"targets/local.toml stands since {told['since']}; `proofbook down` ends it\n"
            f"  demo.counter  process {pid}\n"
            f"  logs: {told['logs']}\n"
        )
        again = project.run("up")
        assert again.code == 20
        assert again.err.startswith("targets/local.toml is up already, since ")
    finally:
        down = project.run("down")
    assert (down.code, down.out) == (0, "it is down\n")
    assert not Path(f"/proc/{pid}").exists()
    assert project.run("status").code == 5
