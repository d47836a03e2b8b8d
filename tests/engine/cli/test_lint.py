"""`proofbook lint`: promises without proof, proof without promise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.cli.conftest import Project

pytestmark = pytest.mark.slow

BARE = """\
A worker must never wait.

<!-- prose: what people do, not what the system does -->

Call within 5 min.

> **demo.bare** — So be it.
"""


def test_a_project_in_order_has_nothing_to_mend(project: Project) -> None:
    """Claims that people answer need no check."""
    ended = project.run("lint")
    assert (ended.code, ended.out, ended.err) == (0, "nothing to mend\n", "")


def test_everything_that_does_not_fit_is_listed_in_reading_order(project: Project) -> None:
    """Promises, proofs and prose, as rows that a terminal makes links of; nothing is run."""
    page = (project.root / "runbooks" / "demo" / "counting.md").read_text()
    project.write("runbooks/demo/counting.md", f"{page}\n{BARE}")
    project.write(
        "checks/demo/test_more.py",
        "import pytest\n\n\n"
        'def test_unmarked():\n    raise SystemExit("it ran")\n\n\n'
        '@pytest.mark.claim("demo.fast")\ndef test_again(claim):\n    pass\n\n\n'
        '@pytest.mark.claim("demo.gone")\ndef test_gone(claim):\n    pass\n',
    )
    ended = project.run("lint")
    assert (ended.code, ended.err) == (1, "")
    rows = ended.out.splitlines()
    assert [row.partition(": ")[0] for row in rows[:-1]] == [
        "checks/demo/test_more.py:4",
        "checks/demo/test_more.py:8",
        "checks/demo/test_more.py:13",
        "runbooks/demo/counting.md:16",
        "runbooks/demo/counting.md:22",
    ]
    assert rows[4] == (
        "runbooks/demo/counting.md:22: demo.bare has no check; write one in checks/demo/ "
        'and mark it @pytest.mark.claim("demo.bare")'
    )
    assert rows[-1] == "5 to mend · 1 exempt from the prose rule"
    told = json.loads(project.run("lint", "--json").out)
    assert [f"{p['path']}:{p['line']}: {p['message']}" for p in told["problems"]] == rows[:-1]
    assert told["exemptions"] == [
        {
            "path": "runbooks/demo/counting.md",
            "line": 18,
            "reason": "what people do, not what the system does",
        }
    ]


def test_a_check_that_cannot_be_imported_hides_which_claims_it_holds(project: Project) -> None:
    """So nothing is said of claims without a check until it can be."""
    project.write("checks/demo/test_counting.py", "import nowhere\n")
    ended = project.run("lint")
    assert ended.code == 1
    assert ended.out.splitlines() == [
        (
            "checks/demo/test_counting.py:1: this cannot be collected: "
            "ModuleNotFoundError: No module named 'nowhere'"
        ),
        "1 to mend · claims without a check are not listed until every check can be collected",
    ]


def test_without_any_check_every_claim_is_listed(project: Project) -> None:
    """A promise is a promise before its first check."""
    (project.root / "checks").rename(project.root / "else")
    ended = project.run("lint")
    assert ended.code == 1
    assert [row.split()[1] for row in ended.out.splitlines()] == [
        "demo.counted",
        "demo.fast",
        "demo.survives",
        "to",
    ]
