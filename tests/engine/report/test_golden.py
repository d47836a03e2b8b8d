"""What people and CI servers read, whole, for a run of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.report import attestation, ctrf, exit_code, junit, markdown, table
from proofbook.report.sheet import of_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.evidence import Run

GOLDEN = Path(__file__).parent / "golden"


def test_the_exit_code_is_the_one_in_the_case_s_name(case: tuple[str, Run]) -> None:
    """A script learns pass, fail, nothing, stale and interrupted apart."""
    name, run = case
    assert exit_code(run) == int(name.rpartition(".")[2])


def test_the_table_reads_as_it_did(
    case: tuple[str, Run], golden: Callable[[Path, str], None]
) -> None:
    """The table of a log, 100 columns wide."""
    name, run = case
    golden(GOLDEN / f"{name}.txt", table.render(run, width=100))


def test_the_junit_file_reads_as_it_did(
    case: tuple[str, Run], golden: Callable[[Path, str], None]
) -> None:
    """The document that a CI server takes in."""
    name, run = case
    golden(GOLDEN / f"{name}.xml", junit.render(of_run(run)))


def test_the_page_of_a_job_reads_as_it_did(
    case: tuple[str, Run], golden: Callable[[Path, str], None]
) -> None:
    """What a CI server shows of the job."""
    name, run = case
    golden(GOLDEN / f"{name}.md", markdown.render(of_run(run)))


def test_the_ctrf_report_reads_as_it_did(
    every_kind: Run, golden: Callable[[Path, str], None]
) -> None:
    """The report that dashboards take in; one that holds every kind of claim is enough."""
    golden(GOLDEN / "every-kind.1.ctrf.json", ctrf.render(of_run(every_kind)))


def test_the_statement_reads_as_it_did(
    every_kind: Run, golden: Callable[[Path, str], None]
) -> None:
    """The bytes that are signed: whoever changes them changes the schema's number."""
    golden(GOLDEN / "every-kind.1.statement.json", attestation.body(of_run(every_kind)).decode())
