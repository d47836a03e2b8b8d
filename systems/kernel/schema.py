"""
The Kernel's migrations: files in the order of their names, each in a transaction with its row in the ledger.

A file writes itself down, so psql alone suffices; its checksum is added here. What cannot be undone runs only from a
file with the line `-- flag: NAME`, which is left out unless it is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from systems.chassis import sql_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from systems.kernel.settings import Settings

#: Any number that all who migrate agree on: one migrates, the others wait.
LOCK = 7306086968
FLAG = re.compile(r"^-- flag: (\S+)\s*$", re.MULTILINE)
#: What the previous release could not live with, or nobody could undo.
DESTRUCTIVE = re.compile(
    r"\bDROP\s+(TABLE|COLUMN)\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b|\bALTER\b[^;]*\bTYPE\b"
    r"|\bALTER\s+TABLE\b[^;]*\bDROP\s+(?!CONSTRAINT\b|DEFAULT\b|NOT\b|EXPRESSION\b|IDENTITY\b)",
    re.IGNORECASE,
)
#: What a service may do to each table; it can neither change nor remove what is signed.
APPEND_ONLY = ("audit_events", "manifest_signatures")
FIRST_LINE = 1


class MigrationFailed(Exception):
    """`file:line: what is wrong`, or what else keeps migrations from being applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file."""

    name: str
    text: str
    #: Empty where it needs none.
    flag: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return sha256(self.text.encode()).hexdigest()


def read(folder: Path) -> list[Migration]:
    """The migrations of a folder, in order. Raises MigrationFailed if there are none, or one is not to be run."""
    files = sorted(folder.glob("*.sql"))
    if not files:
        raise MigrationFailed(f"{folder}: there are no migrations here")
    migrations = [_read(file) for file in files]
    for migration in migrations:
        found = DESTRUCTIVE.search(sql_text.bare(migration.text))
        if found and not migration.flag:
            line = _line(migration.text, found.start())
            told = f"{migration.name}:{line}: {' '.join(found[0].split()[:2])}… needs a line `-- flag: NAME`"
            raise MigrationFailed(told)
    return migrations


def apply(dsn: str, folder: Path, flags: Collection[str], say: Callable[[str], None]) -> int:
    """Apply what is missing, saying each file's name; how many there were. Raises MigrationFailed."""
    migrations = [each for each in read(folder) if not each.flag or each.flag in flags]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        ledger, count = _ledger(connection), 0
        for migration in migrations:
            if migration.name not in ledger:
                _apply(connection, migration)
                say(migration.name)
                count += 1
            elif ledger[migration.name] not in (None, migration.checksum):
                raise MigrationFailed(
                    f"{migration.name}:{FIRST_LINE}: changed since it was applied; write a new one"
                )
    return count


def grant(dsn: str, role: str) -> None:
    """Let a role do what the service does, and nothing more. Raises MigrationFailed."""
    name = sql.Identifier(role)
    try:
        with psycopg.connect(dsn) as connection:
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
            rows = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            for (table,) in rows:
                what = (
                    "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
                )
                at = {"table": sql.Identifier("public", table), "role": name}
                connection.execute(sql.SQL("REVOKE ALL ON {table} FROM {role}").format(**at))
                allowed = sql.SQL(what)
                connection.execute(
                    sql.SQL("GRANT {what} ON {table} TO {role}").format(what=allowed, **at)
                )
    except psycopg.Error as error:
        raise MigrationFailed(f"KERNEL_DB_ROLE: {error.diag.message_primary or error}") from None


def pending(settings: Settings) -> list[str]:
    """The files that are to be applied and are not. Raises psycopg.Error."""
    with psycopg.connect(settings.postgres_url, autocommit=True) as connection:
        ledger = _ledger(connection)
    return [
        file.name
        for file in map(_read, sorted(settings.migrations.glob("*.sql")))
        if file.name not in ledger and (not file.flag or file.flag in settings.migrate_flags)
    ]


def statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a file, each with where it begins."""
    bare, start = sql_text.bare(text), 0
    while start < len(bare):
        end = bare.find(";", start)
        end = len(bare) if end < 0 else end + 1
        statement = bare[start:end].strip()
        if statement not in ("", ";"):
            begin = start + len(bare[start:end]) - len(bare[start:end].lstrip())
            yield begin, text[begin:end]
        start = end


def _read(file: Path) -> Migration:
    text = file.read_text(encoding="utf-8")
    flag = FLAG.search(text)
    return Migration(name=file.name, text=text, flag=flag[1] if flag else "")


def _ledger(connection: psycopg.Connection) -> dict[str, str | None]:
    """What was applied, and with which checksum; a file that psql ran has none."""
    found = connection.execute("SELECT to_regclass('schema_migrations')").fetchone()
    if found is None or found[0] is None:
        return {}
    return dict(connection.execute("SELECT name, checksum FROM schema_migrations").fetchall())


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    at = 0
    try:
        with connection.transaction():
            for begin, statement in statements(migration.text):
                at = begin
                connection.execute(statement.encode())
            connection.execute(
                "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum",
                [migration.name, migration.checksum],
            )
    except psycopg.Error as error:
        position = int(error.diag.statement_position or 1) - 1
        told = error.diag.message_primary or type(error).__name__
        line = _line(migration.text, at + position)
        raise MigrationFailed(f"{migration.name}:{line}: {told}") from None


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
