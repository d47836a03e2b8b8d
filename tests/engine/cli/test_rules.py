"""`proofbook rules`: what Prometheus and OpenSLO read, made of the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.alerts import openslo, prometheus
from proofbook.cli import main
from tests.engine.alerts.samples import PAGE, PATH, TABLE, sheet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with one page and its table."""
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / "gates.toml").write_text("schema = 1\n")
    (tmp_path / PATH).write_text(TABLE)
    (tmp_path / PATH).with_suffix(".md").write_text(PAGE)
    monkeypatch.chdir(tmp_path)


def test_rules_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """With links to wherever the pages stand."""
    assert main(["rules", "shop", "--site", "https://pages.example"]) == 0
    assert capsys.readouterr().out == prometheus.render(sheet(site="https://pages.example"))


def test_so_are_slos(capsys: pytest.CaptureFixture[str]) -> None:
    """As OpenSLO writes them."""
    assert main(["rules", "shop", "--format", "openslo"]) == 0
    assert capsys.readouterr().out == openslo.render(sheet())


def test_a_system_without_a_table_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that have one."""
    assert main(["rules", "till"]) == 3
    assert capsys.readouterr().err.endswith(
        "Error: runbooks/till/alerts.toml is not there; shop has one.\n"
    )
