"""How the marketplace's tables come to be, and what keeps a migration from being applied."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from systems.marketplace import ledger, migration_gates, migration_table
from systems.marketplace.migrating import Migrating
from systems.marketplace.operation import Failed, Office, Refused
from systems.marketplace.settings import MIGRATIONS, Database
from systems.marketplace.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[..., Migrating]

INDEXES = {
    "users_pkey",
    "profiles_pkey",
    "jobs_pkey",
    "applications_pkey",
    "job_drafts_pkey",
    "reviews_pkey",
    "refresh_tokens_pkey",
    "_prisma_migrations_pkey",
    "users_username_key",
    "users_email_key",
    "users_walletAddress_key",
    "profiles_userId_key",
    "applications_jobId_freelancerId_key",
    "reviews_fromUserId_toUserId_key",
    "profiles_hourlyRate_idx",
    "profiles_experience_idx",
    "profiles_rating_idx",
    "jobs_status_idx",
    "jobs_clientId_idx",
    "jobs_createdAt_idx",
    "jobs_status_createdAt_idx",
    "jobs_escrowPending_idx",
    "jobs_escrowDeployed_idx",
    "jobs_escrowRollbackRequested_idx",
    "job_drafts_clientId_updatedAt_idx",
    "refresh_tokens_userId_idx",
    "idx_jobs_skills_gin",
    "idx_profiles_skills_gin",
}
CATALOG = """
SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT tablename, indexname, replace(indexdef, current_schema() || '.', ''), '', '', ''
FROM pg_indexes WHERE schemaname = current_schema()
ORDER BY 1, 2
"""
#: 10,000 jobs of which one in ten is open, not in the order of their age, and 1,000 profiles.
ROWS = """
INSERT INTO users (id, username, email, "updatedAt") SELECT 'u' || n, 'u' || n, 'u' || n, now() FROM generate_series(1, 1000) n;
INSERT INTO profiles (id, "userId", skills, portfolio, "updatedAt")
SELECT 'p' || n, 'u' || n, ARRAY['s' || n % 50], '{}', now() FROM generate_series(1, 1000) n;
INSERT INTO jobs (id, title, description, "clientId", "budgetAmount", "budgetType", duration, skills, requirements, status, "createdAt", "updatedAt")
SELECT 'j' || n, 't' || n, 'd', 'u1', 1, 'FIXED', '1 week', ARRAY['s' || n % 50], '{}',
  CASE WHEN n % 10 = 0 THEN 'OPEN' ELSE 'COMPLETED' END::"JobStatus", now() + n * 7919 % 10000 * interval '1 s', now()
FROM generate_series(1, 10000) n;
ANALYZE jobs; ANALYZE profiles;
SET enable_seqscan = off;
"""


@pytest.fixture
def migrating(empty: Database, tmp_path: Path) -> Maker:
    """Makes operators on an empty database: `migrating("production", folder=…)`."""

    def make(where: str = "dev", folder: Path = MIGRATIONS) -> Migrating:
        office = Office(
            surroundings=Surroundings(where),
            operator="somebody",
            release="r1",
            ledger=tmp_path / "ops" / "ledger.jsonl",
        )
        return Migrating(database=empty, folder=folder, office=office)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations, to be added to."""
    return shutil.copytree(MIGRATIONS, tmp_path / "migrations")


def add(folder: Path, name: str, sql: str, **more: str) -> Path:
    """One more migration; `down` and `plan` are files beside it."""
    place = folder / f"20300101000000_{name}"
    place.mkdir()
    (place / "migration.sql").write_text(sql, encoding="utf-8")
    for file, text in more.items():
        (place / {"down": "down.sql", "plan": "plan.md"}[file]).write_text(text, encoding="utf-8")
    return place


def rows(migrating: Migrating, query: str) -> list[Any]:
    """What a query gives; several statements give the rows of the last."""
    with psycopg.connect(migrating.database.url) as connection:
        cursor = connection.execute(query.encode())
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


def names(migrating: Migrating) -> list[str]:
    """The migrations that are finished, in the order in which they were begun."""
    query = "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY started_at"
    return [name for (name,) in rows(migrating, query)]


def entries(migrating: Migrating) -> list[tuple[str, str, str, int]]:
    """The ledger: where, what, how it ended, and how many migrations it names."""
    return [
        (each.environment, each.action, each.outcome, len(each.details["migrations"]))
        for each in ledger.read(migrating.office.ledger)
    ]


def shipped(folder: Path = MIGRATIONS) -> list[str]:
    """The names of all migrations, in order."""
    return sorted(place.name for place in folder.iterdir())


def test_all_migrations_are_applied_once(migrating: Maker) -> None:
    """In the order of their names; a second run finds nothing to do."""
    told = migrating()

    told.deploy()
    told.deploy()

    assert names(told) == shipped()
    assert entries(told) == [
        ("dev", "migration.deploy", "ok", count) for count in (len(shipped()), 0)
    ]
    assert {name for _, name, *_ in rows(told, CATALOG)} >= INDEXES
    checksums = rows(told, "SELECT migration_name, checksum FROM _prisma_migrations")
    assert dict(checksums) == {
        each.name: each.checksum for each in migration_table.read(MIGRATIONS)
    }


def test_two_deployments_at_once_queue(migrating: Maker) -> None:
    """Each migration is applied by one of them."""
    told = migrating()

    with ThreadPoolExecutor(3) as pool:
        for each in [pool.submit(told.deploy) for _ in range(3)]:
            each.result()

    assert names(told) == shipped()


def test_lists_have_their_indexes(migrating: Maker) -> None:
    """The public list, and the filter by skills."""
    told = migrating()
    told.deploy()
    queries = {
        "jobs_status_createdAt_idx": """SELECT id FROM jobs WHERE status='OPEN' ORDER BY "createdAt" DESC LIMIT 10""",
        "idx_jobs_skills_gin": "SELECT id FROM jobs WHERE skills && ARRAY['s7']",
        "idx_profiles_skills_gin": "SELECT id FROM profiles WHERE skills && ARRAY['s7']",
        "Seq Scan": "SELECT id FROM jobs WHERE title='x'",
    }

    with psycopg.connect(told.database.url) as connection:
        connection.execute(ROWS)
        for index, query in queries.items():
            plan = connection.execute(f"EXPLAIN {query}").fetchall()
            assert index in str(plan)


def test_a_dry_run_prints_and_changes_nothing(
    migrating: Maker, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it prints is what a deployment does."""
    told = migrating(folder=folder)
    told.deploy()
    place = add(folder, "b", "ALTER TABLE jobs ADD COLUMN b integer;")
    add(folder, "a", 'CREATE INDEX "jobs_b_idx" ON jobs (duration)')
    before = rows(told, CATALOG)
    capsys.readouterr()

    told.dry_run()

    printed = capsys.readouterr().out
    assert rows(told, CATALOG) == before
    assert printed.index("-- 20300101000000_a\n") < printed.index(f"-- {place.name}\nALTER TABLE")
    assert entries(told)[-1] == ("dev", "migration.dry_run", "ok", 2)
    rows(told, printed)
    by_print = rows(told, CATALOG)
    rows(told, 'ALTER TABLE jobs DROP COLUMN b; DROP INDEX "jobs_b_idx"')
    told.deploy()
    assert rows(told, CATALOG) == by_print != before


def test_production_takes_what_staging_rehearsed(migrating: Maker, folder: Path) -> None:
    """The very same migration; on dev nothing need be rehearsed."""
    live, staging, dev = (migrating(each, folder) for each in ("production", "staging", "dev"))
    staging.dry_run()
    live.deploy()
    before = rows(live, CATALOG)
    place = add(folder, "new", "ALTER TABLE jobs ADD COLUMN b integer;")

    for elsewhere in (dev, live):
        elsewhere.dry_run()
        with pytest.raises(Refused) as gate:
            live.deploy()
        assert str(gate.value) == f"{place.name}: it had no dry run on staging"
    staging.dry_run()
    (place / "migration.sql").write_text("ALTER TABLE jobs ADD COLUMN c integer;", encoding="utf-8")
    with pytest.raises(Refused):
        live.deploy()
    assert rows(live, CATALOG) == before
    staging.dry_run()
    live.deploy()

    assert names(live)[-1] == place.name


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE reviews",
        "alter table jobs drop column currency;",
        "ALTER TABLE jobs DROP currency",
        "ALTER TABLE jobs ADD COLUMN b integer NOT NULL",
        "ALTER TABLE jobs ADD b text, ADD c text NOT NULL;",
        "ALTER TABLE jobs ALTER COLUMN currency SET NOT NULL",
        "ALTER TABLE jobs ALTER COLUMN currency TYPE varchar(3)",
        "ALTER TABLE jobs RENAME COLUMN currency TO money",
        "TRUNCATE reviews",
    ],
)
def test_what_destroys_needs_a_plan(sql: str) -> None:
    """Whatever takes something away, or wants what the rows that are there do not have."""
    assert migration_gates.is_destructive(f"SELECT 1;\n{sql}")


@pytest.mark.parametrize(
    "sql",
    [
        "-- DROP TABLE reviews\nSELECT 'DROP TABLE reviews'",
        "CREATE TABLE t (a integer NOT NULL)",
        "ALTER TABLE jobs ADD COLUMN b integer NOT NULL DEFAULT 0, ADD COLUMN c text",
        "ALTER TABLE jobs ADD CONSTRAINT c CHECK (currency IS NOT NULL)",
        "ALTER TABLE jobs ALTER COLUMN currency DROP DEFAULT, DROP CONSTRAINT c",
        "ALTER TABLE jobs ADD COLUMN b bigserial NOT NULL",
        "DROP INDEX jobs_status_idx",
    ],
)
def test_what_destroys_nothing_needs_none(sql: str) -> None:
    """What is only said, in a comment or a text, is not done."""
    assert not migration_gates.is_destructive(sql)


def test_no_shipped_migration_destroys_anything() -> None:
    """The previous release works on the schema of this one."""
    destructive = [
        each.name
        for each in migration_table.read(MIGRATIONS)
        if migration_gates.is_destructive(each.text)
    ]

    assert destructive == []


def test_a_plan_opens_the_gate(migrating: Maker, folder: Path) -> None:
    """Without it staging refuses; on dev there is no gate."""
    staging = migrating("staging", folder)
    staging.deploy()
    before = rows(staging, CATALOG)
    place = add(folder, "drop", "DROP TABLE reviews;")

    with pytest.raises(Refused) as gate:
        staging.deploy()

    refusal = f"{place.name}: it destroys or blocks something, and has no plan.md"
    assert str(gate.value) == refusal
    assert rows(staging, CATALOG) == before
    (place / "plan.md").write_text("Nobody reads it.", encoding="utf-8")
    staging.deploy()
    assert names(staging)[-1] == place.name


def test_a_migration_that_fails_leaves_nothing(migrating: Maker, folder: Path) -> None:
    """What was applied before it stays, and is in the ledger."""
    told = migrating(folder=folder)
    add(folder, "a", "CREATE TABLE good (a integer);")
    place = add(folder, "b", "CREATE TABLE half (a integer); SELECT 1 / 0;")

    with pytest.raises(Failed) as failed:
        told.deploy()

    assert str(failed.value) == f"{place.name}/migration.sql: division by zero"
    assert "half" not in {table for table, *_ in rows(told, CATALOG)}
    assert names(told) == shipped(folder)[:-1]
    assert entries(told) == [("dev", "migration.deploy", "failed", len(shipped(folder)) - 1)]


def test_an_edited_migration_is_refused(migrating: Maker, folder: Path) -> None:
    """What was applied is not what stands there."""
    told = migrating(folder=folder)
    place = add(folder, "a", "CREATE TABLE a (a integer);")
    told.deploy()
    (place / "migration.sql").write_text("CREATE TABLE a (a bigint);", encoding="utf-8")

    for each in (told.deploy, told.dry_run):
        with pytest.raises(Failed) as failed:
            each()
        refusal = f"{place.name}: changed since it was applied; write a new migration"
        assert str(failed.value) == refusal


def test_only_what_declares_its_down_is_undone(migrating: Maker, folder: Path) -> None:
    """All of it, or nothing."""
    told = migrating(folder=folder)
    told.deploy()
    before = rows(told, CATALOG)
    plain = add(folder, "a", "ALTER TABLE jobs ADD COLUMN a integer;")
    place = add(
        folder,
        "b",
        "ALTER TABLE jobs ADD COLUMN b integer;",
        down="ALTER TABLE jobs DROP COLUMN b;",
    )
    half = "ALTER TABLE jobs DROP COLUMN a; SELECT 1 / 0;"
    told.deploy()
    after = rows(told, CATALOG)

    with pytest.raises(Refused) as gate:
        told.down(plain.name)
    assert str(gate.value) == f"{plain.name}: it declares no down.sql"
    (plain / "down.sql").write_text(half, encoding="utf-8")
    with pytest.raises(Failed) as failed:
        told.down(plain.name)
    assert str(failed.value) == f"{plain.name}/down.sql: division by zero"
    assert (rows(told, CATALOG), names(told)) == (after, shipped(folder))

    (plain / "down.sql").write_text("ALTER TABLE jobs DROP COLUMN a;", encoding="utf-8")
    told.down(place.name)
    told.down(plain.name)
    assert (rows(told, CATALOG), names(told)) == (before, shipped())
    with pytest.raises(Failed) as failed:
        told.down(place.name)
    assert str(failed.value) == f"{place.name}: it is not applied"


def test_the_newest_migration_can_be_undone(migrating: Maker) -> None:
    """And applied again."""
    told = migrating()
    told.deploy()
    before = rows(told, CATALOG)

    told.down(shipped()[-1])
    told.deploy()

    assert rows(told, CATALOG) == before


def test_a_database_that_is_away_is_a_failure(migrating: Maker) -> None:
    """Its address stays untold."""
    away = Database(url="postgresql://u:secret@127.0.0.1:1/none", limit_ms=1000)

    with pytest.raises(Failed) as failed:
        replace(migrating(), database=away).deploy()

    assert str(failed.value) == "PostgreSQL cannot be reached: OperationalError"
