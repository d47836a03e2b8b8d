"""
A database as the checks look at it: its tables, what is in them, its schema as PostgreSQL dumps it.

    with empty(stack) as database:
        database.migrate()
        database.tables(), database.fingerprints(), database.schema()
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from checks.kernel.postgres_programs import run
from proofbook import NoVerdict
from proofbook.instruments import guard
from proofbook.instruments.postgres import Client, Observer
from proofbook.stack import Address, Finished
from proofbook.stack.beside import Beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proofbook.instruments.postgres import Row
    from proofbook.stack import Stack, TimedOut, Twin

_CONNECT_SECONDS = 20
#: The contract's tables.
TABLES = (
    "agents",
    "audit_events",
    "divisions",
    "eval_reports",
    "idempotency",
    "kernel_settings",
    "manifest_signatures",
    "memory_nodes",
    "resource_allocations",
    "schema_migrations",
    "upgrade_approvals",
    "upgrades",
)
_FINGERPRINT = (
    "select count(*) as n, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as sum from {} t"
)
#: Lines of a dump that say nothing of the schema; the last two hold a word that is new each time.
_IDLE = ("--", "\\restrict", "\\unrestrict")


@dataclass(frozen=True, slots=True)
class Database:
    """One database, and the twin whose commands act on it."""

    twin: Twin
    url: str
    _client: Client = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_client", Client(self.url))

    def rows(self, statement: str, *values: object) -> list[Row]:
        """The rows of one statement. Raises `NoVerdict`."""
        return self._client.rows(statement, *values)

    def refusal(self, statement: str) -> str:
        """The SQLSTATE with which a statement is refused; "" for one that is not, of which nothing stays."""
        address = Address.of(self.url)
        guard.require(address.host, address.port)
        with closing(psycopg.connect(self.url, connect_timeout=_CONNECT_SECONDS)) as session:
            try:
                session.execute(statement.encode())
            except psycopg.Error as error:
                return error.sqlstate or type(error).__name__
            finally:
                session.rollback()
        return ""

    def migrate(self, **env: str) -> Finished | TimedOut:
        """Run the migration command on it, told this beside."""
        return self.twin.command("migrate", env={"POSTGRES_URL": self.url, **env})

    def psql(self, file: Path) -> Finished:
        """Run a file as the runbook does."""
        return run(
            "psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", f"--file={file}",
            url=self.url,
        )  # fmt: skip

    def tables(self) -> list[str]:
        """The names of its tables, in order."""
        rows = self.rows(
            "select tablename from pg_tables where schemaname = 'public' order by tablename"
        )
        return [str(row["tablename"]) for row in rows]

    def ledger(self) -> list[str]:
        """The migrations that were applied, in order; one stands there as often as it was."""
        rows = self.rows("select name from schema_migrations order by name")
        return [str(row["name"]) for row in rows]

    def fingerprints(self) -> Mapping[str, str]:
        """Table → rows and the sum of their hashes: another row, or another value, is another one."""
        return {table: self._fingerprint(table) for table in self.tables()}

    def schema(self) -> list[str]:
        """The lines of its schema's dump, without comments, owners and grants."""
        dumped = run(
            "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--no-comments",
            url=self.url,
        )  # fmt: skip
        if dumped.code:
            raise NoVerdict(f"pg_dump ended with {dumped.code}: {dumped.output[-300:]}")
        lines = (line.rstrip() for line in dumped.output.splitlines())
        return [line for line in lines if line and not line.startswith(_IDLE)]

    def _fingerprint(self, table: str) -> str:
        name = table.replace('"', '""')
        row = self.rows(_FINGERPRINT.format(f'public."{name}"'))[0]
        return f"{row['n']} rows, {row['sum']}"


def refusal(url: str, sslmode: str) -> str:
    """Why a connection in this mode of libpq's is refused; "" where it is let in."""
    try:
        Observer(make_conninfo(url, sslmode=sslmode)).rows("select 1")
    except NoVerdict as why:
        return str(why)
    return ""


def code_of(end: Finished | TimedOut) -> int:
    """A command's exit code; an AssertionError for one that did not end."""
    assert isinstance(end, Finished), f"it did not end: {end.output[-300:]!r}"
    return end.code


def of_store(twin: Twin) -> Database:
    """The database of a twin's store, as whom the target names for it: its owner."""
    return Database(twin, twin.address(twin.store_role).url)


@contextmanager
def empty(stack: Stack) -> Iterator[Database]:
    """
    An empty database, gone afterwards: a twin's own, or one beside the store that the target names.

    Raises `NotAsked` where none may be made.
    """
    with stack.twin("kernel") as twin:
        role = twin.store_role
        address = twin.address(role)
        service = stack.target.services.get(role)
        if service and (service.provided or service.fresh):
            yield Database(twin, address.url)
            return
        with beside(address.url) as url:
            yield Database(twin, url)


@contextmanager
def beside(url: str) -> Iterator[str]:
    """The address of a new database on the server of another, dropped afterwards."""
    made = Beside.make(url, "the store")
    try:
        yield made.url
    finally:
        made.drop()
