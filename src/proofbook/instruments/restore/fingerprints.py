"""What a database holds, read in one snapshot: rows, schema version, and whether it is in order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import IsolationLevel, sql

from proofbook.errors import NoVerdict
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.manifests import Content, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

Connection = psycopg.Connection[tuple[Any, ...]]

#: How many tables are read at a time.
_AT_ONCE = 2
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY pg_total_relation_size(c.oid) DESC, 1, 2
"""
_CONTENT = (
    "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} AS t"
)
#: Where systems keep the list of their migrations, and what says how far it goes.
_MIGRATIONS = (
    ("schema_migrations", "name"),
    ("schema_migrations", "version"),
    ("alembic_version", "version_num"),
    ("flyway_schema_history", "version"),
    ("knex_migrations", "name"),
    ("_prisma_migrations", "migration_name"),
    ("django_migrations", "name"),
)
_UNVALIDATED = """
SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1
"""
_INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready) ORDER BY 1"
#: Each sequence that feeds a column: its schema, name, next value, table and column.
_SEQUENCES = """
SELECT s.schemaname, s.sequencename, coalesce(s.last_value, s.start_value - s.increment_by),
       s.increment_by, n.nspname, t.relname, a.attname
FROM pg_sequences s
JOIN pg_class q ON q.relname = s.sequencename AND q.relnamespace = s.schemaname::regnamespace
JOIN pg_depend d ON d.objid = q.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_class'::regclass AND s.increment_by > 0
"""


@contextmanager
def snapshot(dsn: str) -> Iterator[tuple[Connection, str, datetime]]:
    """A transaction that reads one instant, the name by which others read the same, and the instant."""
    try:
        connection = psycopg.connect(dsn, connect_timeout=10, application_name="proofbook")
    except psycopg.Error as error:
        raise NoVerdict(f"the database takes no connection: {error}".strip()) from None
    with closing(connection):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("SET LOCAL TimeZone TO 'UTC'")
        said = connection.execute("SELECT pg_export_snapshot(), clock_timestamp()").fetchone()
        name, at = said or ("", datetime.now(UTC))
        yield connection, str(name), at


def contents(dsn: str) -> Manifest:
    """What a database holds now; nothing is said of a file."""
    with snapshot(dsn) as (connection, name, at):
        return seen(dsn, connection, name, at)


def seen(dsn: str, connection: Connection, name: str, at: datetime) -> Manifest:
    """What the snapshot called `name` holds, read by several connections at a time."""
    tables = connection.execute(_TABLES).fetchall()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda table: _content(dsn, name, *table), tables))
    return Manifest(
        database=connection.info.dbname,
        snapshot_at=at.astimezone(UTC),
        tables={
            _called(*table): content for table, content in sorted(zip(tables, found, strict=True))
        },
        server_version=str(connection.info.parameter_status("server_version") or ""),
        schema_version=_schema_version(connection),
    )


def check_order(dsn: str) -> str:
    """
    Constraints validated, indexes valid, sequences ahead of what they number; how many were looked at.

    Raises `Broken`.
    """
    with snapshot(dsn) as (connection, _, _):
        wrong = [
            *(f"{name} is not validated" for (name,) in connection.execute(_UNVALIDATED)),
            *(f"{name} is not valid" for (name,) in connection.execute(_INVALID)),
        ]
        sequences = connection.execute(_SEQUENCES).fetchall()
        for schema, sequence, last, step, *column in sequences:
            highest = _highest(connection, *column)
            if highest is not None and last + step <= highest:
                wrong.append(
                    f"{schema}.{sequence} goes on at {last + step}, and {highest} is there"
                )
    if wrong:
        raise Broken("order", f"{len(wrong)} out of order: {'; '.join(wrong)}")
    return f"{len(sequences)} sequences, constraints and indexes in order"


def newest(dsn: str, query: str) -> datetime | None:
    """The instant that a query gives, in the first column of its first row. Raises `NoVerdict`."""
    try:
        with snapshot(dsn) as (connection, _, _):
            row = connection.execute(query.encode()).fetchone()
    except psycopg.Error as error:
        raise NoVerdict(f"newest_event cannot be asked: {type(error).__name__}") from None
    found = row[0] if row else None
    if found is None:
        return None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise NoVerdict(f"newest_event gives {type(found).__name__}, no instant with a zone")
    return found


def _content(dsn: str, name: str, schema: str, table: str) -> Content:
    with closing(psycopg.connect(dsn, connect_timeout=10)) as reader:
        reader.isolation_level = IsolationLevel.REPEATABLE_READ
        reader.read_only = True
        reader.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(name)))
        reader.execute("SET LOCAL TimeZone TO 'UTC'")
        query = sql.SQL(_CONTENT).format(sql.Identifier(schema, table))
        rows, fingerprint = reader.execute(query).fetchone() or (0, "0")
        return Content(int(rows), str(fingerprint))


def _called(schema: str, table: str) -> str:
    return table if schema == "public" else f"{schema}.{table}"


def _schema_version(connection: Connection) -> str | None:
    there = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()
    for table, column in _MIGRATIONS:
        if (table, column) in there:
            query = sql.SQL("SELECT max({}::text) FROM {}").format(
                sql.Identifier(column), sql.Identifier("public", table)
            )
            row = connection.execute(query).fetchone()
            return str(row[0]) if row and row[0] is not None else None
    return None


def _highest(connection: Connection, schema: str, table: str, column: str) -> int | None:
    query = sql.SQL("SELECT max({}) FROM {}").format(
        sql.Identifier(column), sql.Identifier(schema, table)
    )
    row = connection.execute(query).fetchone()
    return row[0] if row and isinstance(row[0], int) else None
