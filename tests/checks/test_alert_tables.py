"""Every system's table of alerts: its claims and values exist, and its links lead to steps that do."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofbook import project, steps
from proofbook.alerts import Sheet, openslo, parse
from proofbook.claims import read_all

ROOT = Path(__file__).parents[2]
TABLES = sorted((ROOT / "runbooks").glob("*/alerts.toml"))


@pytest.fixture(params=TABLES, ids=lambda path: path.parent.name)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    """The sheet of one system."""
    path: Path = request.param
    claims = {c.id: c for book in read_all(project.pages(ROOT)) for c in book.claims}
    shown = path.relative_to(ROOT).as_posix()
    return Sheet(path.parent.name, parse(path.read_text("utf-8"), shown), claims)


def test_every_rule_can_be_made(sheet: Sheet) -> None:
    """Whatever it names is stated; names are given once; an SLO is a document."""
    names = [rule.name for rule in sheet.rules()]

    assert names
    assert len(set(names)) == len(names)
    assert openslo.render(sheet).count("kind: SLO\n") == len(sheet.table.slos)


def test_every_link_leads_to_a_step(sheet: Sheet) -> None:
    """On a page beside the table: who is woken is told what to do."""
    lost = []
    for place, step in sheet.steps():
        page, _, name = step.partition("#")
        path = ROOT / "runbooks" / sheet.system / page
        known = (
            {s.name for s in steps.read(path.read_text("utf-8"), page)} if path.is_file() else set()
        )
        lost += [f"{place}: {step}"] if name not in known else []

    assert lost == []
