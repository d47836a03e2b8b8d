"""
Schema changes in files, each applied once, in the order of their names.

A file that was applied and has changed since is a refusal, not a surprise.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg

from systems.chassis.settings import Misconfigured, Reader
from systems.chassis.store import connection_string

if TYPE_CHECKING:
    from pathlib import Path

#: Any number that all who migrate agree on: one migrates, the others wait.
LOCK = 7306086967

TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class MigrationChanged(Exception):
    """A migration differs from what was applied under its name."""


def migrate(dsn: str, folder: Path) -> list[str]:
    """Apply what is missing, all or nothing; the names that were applied."""
    with psycopg.connect(dsn) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(TABLE)
        rows = connection.execute("SELECT name, digest FROM schema_migrations").fetchall()
        applied: dict[str, str] = dict(rows)
        files = sorted(folder.glob("*.sql"))
        return [file.name for file in files if _apply(connection, file, applied.get(file.name))]


def command(folder: Path) -> None:
    """Apply what is missing to DATABASE_URL, and say what that was; a program's whole errand."""
    reader = Reader(os.environ)
    dsn = reader.required("DATABASE_URL", connection_string)
    try:
        reader.check()
    except Misconfigured as problem:
        what = "required" if problem.missing else "invalid"
        sys.exit(f"[FATAL] Configuration error: DATABASE_URL is {what}")
    applied = migrate(dsn or "", folder)
    sys.stdout.write(f"applied: {', '.join(applied) or 'nothing, all is up to date'}\n")


def _apply(connection: psycopg.Connection, file: Path, applied: str | None) -> bool:
    sql = file.read_text(encoding="utf-8")
    digest = sha256(sql.encode()).hexdigest()
    if applied == digest:
        return False
    if applied is not None:
        raise MigrationChanged(f"{file.name}: changed since it was applied; write a new migration")
    connection.execute(sql)
    connection.execute(
        "INSERT INTO schema_migrations (name, digest) VALUES (%s, %s)", [file.name, digest]
    )
    return True
