"""`proofbook verify --plan` says what would be done, and does nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.cli.conftest import Project

pytestmark = pytest.mark.slow

REMOTE = """\
kind = "deployment"
permits = "observes"

[limits]
rate = 50
seconds = 30

[systems.demo.counter]
url = "https://demo.example:8443"
"""


def test_a_plan_tells_effects_cases_rates_and_what_would_not_be_asked(project: Project) -> None:
    """A table for a person; no run, no process, no file."""
    project.write("checks/demo/test_none.py", "")
    project.change(
        "runbooks/demo/counting.md",
        "> **demo.known**",
        "> **demo.bare** — So be it.\n\n> **demo.known**",
    )
    ended = project.run("verify", "--plan")
    assert (ended.code, ended.err) == (0, "")
    assert [" ".join(line.split()) for line in ended.out.splitlines()] == [
        "a plan for local (stand-in); nothing was done",
        "addresses none",
        "starts demo.counter",
        "limits none",
        "permits exercises",
        "",
        "claim effect cases rates, or why it is not asked",
        "demo.counted exercises 1",
        "demo.fast observes 2 rate = 200 req/s",
        "demo.survives disrupts 1 targets/local.toml permits exercises",
        "demo.bare 0 no check",
        "",
        (
            "2 claims would be asked in 3 cases, the strongest of which exercises · "
            "1 would not be asked · 1 without a check"
        ),
    ]
    assert not (project.root / "reports").exists()


def test_a_plan_names_the_hosts_and_limits_of_a_deployment(project: Project) -> None:
    """For a script: everything of the table, and the names of all cases."""
    project.write("targets/live.toml", REMOTE)
    ended = project.run(
        "verify", "demo.fast", "demo.counted", "--plan", "--json", "--target", "live"
    )
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == {
        "schema": 1,
        "target": "live",
        "kind": "deployment",
        "permits": "observes",
        "addresses": ["demo.example:8443"],
        "starts": [],
        "limits": {"rate": 50.0, "seconds": 30.0},
        "claims": [
            {
                "claim": "demo.counted",
                "effect": "exercises",
                "rates": [],
                "asked": False,
                "reason": "targets/live.toml permits observes",
                "cases": ["checks/demo/test_counting.py::test_counts"],
            },
            {
                "claim": "demo.fast",
                "effect": "observes",
                "rates": ["rate = 200 req/s"],
                "asked": True,
                "reason": "",
                "cases": [
                    "checks/demo/test_counting.py::test_answers_fast[100]",
                    "checks/demo/test_counting.py::test_answers_fast[200]",
                ],
            },
        ],
    }
    assert not (project.root / "reports").exists()
