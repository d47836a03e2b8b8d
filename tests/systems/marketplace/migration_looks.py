"""What one sees of migrations that are not rehearsed, applied or undone as they must be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from systems.marketplace.operation import Failed, Refused
from systems.marketplace.settings import MIGRATIONS
from tests.systems.marketplace.looks import empty_url, migrating_on

if TYPE_CHECKING:
    from systems.marketplace.migrating import Migrating
    from tests.systems.marketplace.forks import Told

#: Each column with its type, whether it may be null, its default; each index with what it is over; each key.
LINES = """
SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
  || CASE WHEN a.attnotnull THEN '' ELSE '?' END || coalesce(' = ' || pg_get_expr(d.adbin, d.adrelid), '') AS line
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT indexname || regexp_replace(indexdef, '.* USING', '') || CASE WHEN indexdef LIKE 'CREATE UNIQUE%' THEN ' once' ELSE '' END
FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND contype = 'f'
"""
#: What the contract says that there is, after all migrations: columns and indexes, a line each.
CATALOG = Path(__file__).with_name("catalog.txt").read_text(encoding="utf-8").splitlines()


def rehearsal(told: Told) -> str:
    """Production takes what was not rehearsed."""
    staging, live = (
        migrating_on(told, name, url)
        for name, url in zip(
            ("staging", "production"), (empty_url(told), empty_url(told)), strict=True
        )
    )
    staging.dry_run()
    (told.folder / "migrations" / "20300101000000_new").mkdir(parents=True)
    (told.folder / "migrations" / "20300101000000_new" / "migration.sql").write_text("SELECT 1;")
    return _is_applied(replace(live, folder=told.folder / "migrations"))


def plans(told: Told) -> str:
    """Staging takes what destroys something."""
    place = told.folder / "planless" / "20300101000000_drop"
    place.mkdir(parents=True)
    (place / "migration.sql").write_text("DROP TABLE IF EXISTS nothing;")
    return _is_applied(replace(migrating_on(told, "staging", empty_url(told)), folder=place.parent))


def dev_command(told: Told) -> str:
    """The command of developers works in production."""
    try:
        migrating_on(told, "production", empty_url(told)).deploy_on_dev()
    except Failed:
        return ""
    except Refused as gate:
        return f"only a gate kept it: {gate}"
    return "applied"


def dry_run(told: Told) -> str:
    """What it prints is not what is pending, or it does it."""
    migrating, out = migrating_on(told, "dev", empty_url(told)), StringIO()
    try:
        with redirect_stdout(out):
            migrating.dry_run()
    except Failed as failure:
        return str(failure)
    if _catalog(migrating):
        return "something was changed"
    expected = [f"-- {place.name}" for place in _shipped()]
    printed = [line for line in out.getvalue().splitlines() if line in expected]
    return "" if printed == expected else f"{printed}"


def deployed(told: Told) -> str:
    """What is there after a deployment is not what the migrations say."""
    migrating = migrating_on(told, "dev", empty_url(told))
    try:
        migrating.deploy()
    except Failed as failure:
        return str(failure)
    query = "SELECT migration_name, checksum FROM _prisma_migrations ORDER BY started_at"
    with psycopg.connect(migrating.database.url) as connection:
        rows = connection.execute(query).fetchall()
    expected = [(place.name, _checksum(place)) for place in _shipped()]
    if rows != expected:
        return f"{rows}"
    return ", ".join(set(_catalog(migrating)) ^ set(CATALOG))


def at_once(told: Told) -> str:
    """Two deployments at once trip over each other."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            migrating = migrating_on(told, "dev", empty_url(told))
            for each in [pool.submit(migrating.deploy) for _ in range(2)]:
                if each.exception():
                    return f"{each.exception()}"
    return ""


def undone(told: Told) -> str:
    """A migration is undone that says not how, or by halves."""
    migrating = migrating_on(told, "dev", empty_url(told))
    migrating.deploy()
    before, first = _catalog(migrating), _shipped()[0].name
    try:
        migrating.down(first)
    except Refused:
        pass
    else:
        return f"{first} was undone"
    place = told.folder / "downs" / _shipped()[-1].name
    place.mkdir(parents=True)
    (place / "down.sql").write_text(
        'ALTER TABLE jobs DROP COLUMN "escrowPendingSince"; SELECT 1 / 0'
    )
    with suppress(Failed):
        replace(migrating, folder=place.parent).down(place.name)
    return "" if _catalog(migrating) == before else "something was undone"


def _is_applied(migrating: Migrating) -> str:
    try:
        migrating.deploy()
    except Refused:
        return ""
    return "applied"


def _shipped() -> list[Path]:
    return sorted(MIGRATIONS.iterdir())


def _checksum(place: Path) -> str:
    return sha256((place / "migration.sql").read_bytes()).hexdigest()


def _catalog(migrating: Migrating) -> list[str]:
    with psycopg.connect(migrating.database.url) as connection:
        return sorted(line for (line,) in connection.execute(LINES).fetchall())
