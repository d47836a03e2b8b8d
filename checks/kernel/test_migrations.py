"""Migrations: from nothing by either way, by four at once, again and again, and honest about it."""

from __future__ import annotations

import difflib
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from checks.kernel.adapter import READY
from checks.kernel.database import TABLES, code_of, empty, of_store
from checks.kernel.migration_files import files_of
from checks.kernel.smoke import walk
from proofbook import exercises
from proofbook.instruments.at_once import at_once
from proofbook.stack import Exited, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.database import Database
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

pytestmark = pytest.mark.xdist_group("kernel-0")


@pytest.fixture
@exercises
def blank(stack: Stack) -> Iterator[Database]:
    """An empty database."""
    with empty(stack) as database:
        yield database


@pytest.fixture(scope="module")
@exercises
def migrated(stack: Stack) -> Iterator[Callable[[str], tuple[Database, list[int]]]]:
    """Gives a database that was empty, brought up `by` psql or the runner, and the exit codes; each once."""
    with ExitStack() as opened:
        known: dict[str, tuple[Database, list[int]]] = {}

        def get(by: str) -> tuple[Database, list[int]]:
            if by not in known:
                database = opened.enter_context(empty(stack))
                known[by] = database, _brought_up(database, by)
            return known[by]

        yield get


@pytest.mark.claim("kernel.migrated-once")
def test_each_migration_is_applied_once(claim: ClaimHandle, blank: Database) -> None:
    """However many runners start together, one applies and the others find nothing to do."""
    files = files_of(blank.twin)

    ends = at_once(*[blank.migrate] * claim["runners"])

    claim.require(files, "there are no migrations")
    for end in ends:
        claim.expect(exit=code_of(end))
    found = Counter(blank.ledger())
    assert {name: found[name] for name in files if found[name] != claim["rows"]} == {}
    assert sorted(found) == files


@pytest.mark.claim("kernel.runner-migrates-empty-database")
def test_the_runner_brings_up_an_empty_database(
    claim: ClaimHandle, migrated: Callable[[str], tuple[Database, list[int]]], standing: Deployment
) -> None:
    """After the command that the runbook names, the Kernel serves."""
    _judge_brought_up(claim, *migrated("runner"), standing)


@pytest.mark.claim("kernel.psql-migrates-empty-database")
def test_psql_brings_up_an_empty_database(
    claim: ClaimHandle, migrated: Callable[[str], tuple[Database, list[int]]], standing: Deployment
) -> None:
    """Who has nothing but psql and the files gets there, too."""
    _judge_brought_up(claim, *migrated("psql"), standing)


@pytest.mark.claim("kernel.migration-paths-agree")
def test_both_ways_leave_one_schema(
    claim: ClaimHandle, migrated: Callable[[str], tuple[Database, list[int]]]
) -> None:
    """Which way it went is nothing that anybody has to know later."""
    psql, runner = (migrated(by)[0] for by in ("psql", "runner"))
    claim.require(psql.tables() and runner.tables(), "one of the two ways left no table to compare")

    other = [
        line
        for line in difflib.unified_diff(psql.schema(), runner.schema(), lineterm="", n=0)
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]

    assert other[:10] == []
    claim.expect(lines=len(other))


@pytest.mark.claim("kernel.migration-success-honest")
@pytest.mark.parametrize("folder", ["absent", "empty"])
def test_success_is_not_said_of_nothing(
    claim: ClaimHandle, blank: Database, tmp_path: Path, folder: str
) -> None:
    """Whoever looks in the wrong place is told so, and does not deploy on it."""
    wrong = tmp_path / "migrations-here"
    if folder == "empty":
        wrong.mkdir()

    end = blank.migrate(MIGRATIONS_DIR=str(wrong))
    good = blank.migrate()

    claim.require(code_of(good) == 0, f"the migrations themselves fail: {good.output[-300:]}")
    claim.expect(exit=code_of(end))
    assert "migrations-here" in end.output, f"it does not say where it looked: {end.output!r}"
    assert [name for name in files_of(blank.twin) if name not in good.output] == []


@pytest.mark.claim("kernel.migrations-repeat-harmlessly")
def test_running_again_changes_nothing(claim: ClaimHandle, deployment: Deployment) -> None:
    """Live data is neither rewritten nor in the way."""
    kernel = deployment.kernel()
    walk(kernel, deployment.kms.keys)
    events = len(kernel.events())
    database = of_store(deployment.twin)
    schema, before = database.schema(), database.fingerprints()

    for _ in range(claim["times"]):
        claim.expect(exit=code_of(database.migrate()))

    claim.require(events >= claim.bound("events").lower, f"there are {events} events only")
    after = database.fingerprints()
    assert {table: after.get(table) for table in before if after.get(table) != before[table]} == {}
    assert database.schema() == schema


def _brought_up(database: Database, by: str) -> list[int]:
    if by == "runner":
        return [code_of(database.migrate())]
    folder = database.twin.file("migrations")
    return [database.psql(folder / name).code for name in files_of(database.twin)]


def _judge_brought_up(
    claim: ClaimHandle, database: Database, codes: list[int], standing: Deployment
) -> None:
    """All tables are there, and a Kernel started on them is ready."""
    claim.require(codes, "there are no migrations")
    for code in codes:
        claim.expect(exit=code)
    tables = database.tables()
    claim.expect(tables=len(tables))
    assert [table for table in TABLES if table not in tables] == []
    outcome = standing.start_kernel({"POSTGRES_URL": database.url})
    assert not isinstance(outcome, Exited), f"the Kernel does not start on it: it {outcome}"
    kernel = standing.reach(started(outcome, "the Kernel"))
    ready = kernel.settled(READY)
    kernel.process.kill()
    assert ready.is_done, f"the Kernel on it is not ready: {ready!r}"
