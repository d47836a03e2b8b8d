"""
Migrations: folders in the order of their names, each applied once, in a transaction with its row.

A folder holds `migration.sql`; `down.sql` where it can be undone; `plan.md` where it destroys something.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

from systems.marketplace.health import FILE
from systems.marketplace.operation import Failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from systems.marketplace.settings import Database

#: The number under which whoever migrates queues: that of the tool that this table is known from.
LOCK = 72707369
TABLE = """
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id text PRIMARY KEY,
  checksum text NOT NULL,
  finished_at timestamptz,
  migration_name text NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)
"""
IS_THERE = "SELECT to_regclass('_prisma_migrations') IS NOT NULL"
APPLIED = """
SELECT migration_name, checksum FROM _prisma_migrations
WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL
"""
ADD = """
INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
VALUES (%s, %s, %s, %s, clock_timestamp(), 1)
"""
REMOVE = "DELETE FROM _prisma_migrations WHERE migration_name = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One folder."""

    name: str
    text: str
    has_plan: bool

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return sha256(self.text.encode()).hexdigest()


def read(folder: Path) -> Sequence[Migration]:
    """The migrations of a folder, in the order of their names."""
    return [_read(file.parent) for file in sorted(folder.glob(f"*/{FILE}"))]


@contextmanager
def connected(database: Database) -> Iterator[psycopg.Connection]:
    """A connection on which each statement stands for itself. Raises Failed if there is none."""
    seconds = max(2, -(-database.limit_ms // 1000))
    try:
        connection = psycopg.connect(database.url, autocommit=True, connect_timeout=seconds)
    except psycopg.Error as error:
        raise Failed(f"PostgreSQL cannot be reached: {type(error).__name__}") from None
    with connection:
        yield connection


@contextmanager
def alone(connection: psycopg.Connection) -> Iterator[None]:
    """Within the block nobody else migrates this database: the others wait."""
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def pending(connection: psycopg.Connection, shipped: Sequence[Migration]) -> Sequence[Migration]:
    """Those that are not applied. Raises Failed if one was, and has changed since."""
    applied = _applied(connection)
    for migration in shipped:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise Failed(f"{migration.name}: changed since it was applied; write a new migration")
    return [migration for migration in shipped if migration.name not in applied]


def apply(connection: psycopg.Connection, migration: Migration) -> None:
    """Apply one, all or nothing. Raises Failed."""
    connection.execute(TABLE)
    with _told_of(migration.name, FILE), connection.transaction():
        began = connection.execute("SELECT clock_timestamp()").fetchone()
        connection.execute(migration.text.encode())
        row = [str(uuid4()), migration.checksum, migration.name, began and began[0]]
        connection.execute(ADD, row)


def undo(connection: psycopg.Connection, name: str, text: str) -> None:
    """Undo one that was applied, all or nothing. Raises Failed."""
    if name not in _applied(connection):
        raise Failed(f"{name}: it is not applied")
    with _told_of(name, "down.sql"), connection.transaction():
        connection.execute(text.encode())
        connection.execute(REMOVE, [name])


def _read(folder: Path) -> Migration:
    # As it is: a checksum is over what stands there, line breaks too.
    text = (folder / FILE).read_bytes().decode()
    return Migration(name=folder.name, text=text, has_plan=(folder / "plan.md").is_file())


def _applied(connection: psycopg.Connection) -> dict[str, str]:
    found = connection.execute(IS_THERE).fetchone()
    if found is None or not found[0]:
        return {}
    return dict(connection.execute(APPLIED).fetchall())


@contextmanager
def _told_of(name: str, file: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        told = error.diag.message_primary or type(error).__name__
        raise Failed(f"{name}/{file}: {told}") from None
