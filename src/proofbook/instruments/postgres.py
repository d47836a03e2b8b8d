"""
Ask a PostgreSQL, within bounds.

    Observer(dsn).rows("select job_id, status from job_queue where attempts > %s", 1)

An `Observer` runs each statement alone in a read-only transaction; a `Client` may write. Statements
end after some seconds. Libpq connects past Python, so the guard is asked here.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from proofbook.errors import NoVerdict
from proofbook.instruments import guard
from proofbook.instruments.hearing import HEARD, Said, cut

#: Column → value.
Row = dict[str, Any]

_PORT = 5432
#: So many rows of an answer are kept as evidence, at most.
_ROWS = 20


class Observer:
    """What only looks: one statement at a time, in a transaction that cannot write."""

    _writes = False

    def __init__(
        self, dsn: str, *, connect_seconds: int = 2, statement_seconds: float = 10.0
    ) -> None:
        self._dsn = dsn
        self._connect_seconds = connect_seconds
        self._statement_ms = int(statement_seconds * 1000)

    def rows(self, statement: str, *values: object) -> list[Row]:
        """
        The rows of one statement, as column → value; none of one that returns no rows.

        `%s` in the statement stand for `values`. Each call has a connection of its own, so that a
        server which was stopped in between is met as it is now. Raises `NoVerdict` with the server's
        own words.
        """
        with closing(self._connected()) as connection:
            try:
                with connection.transaction(), connection.cursor() as cursor:
                    # Prepared: PostgreSQL then takes one statement, never `…; COMMIT; DELETE …`.
                    cursor.execute(statement.encode(), values or None, prepare=True)
                    found = cursor.fetchall() if cursor.description else []
            except psycopg.Error as error:
                _heard(statement, values, _words(error))
                raise NoVerdict(f"{self._place()}: {_words(error)}: {statement}") from None
        _heard(statement, values, found[:_ROWS])
        return found

    def _connected(self) -> psycopg.Connection[Row]:
        self._ask_guard()
        try:
            connection = psycopg.connect(
                self._dsn,
                row_factory=dict_row,
                connect_timeout=self._connect_seconds,
                options=f"-c statement_timeout={self._statement_ms}",
                application_name="proofbook",
            )
        except psycopg.Error as error:
            raise NoVerdict(f"{self._place()} takes no connection: {_words(error)}") from None
        connection.read_only = not self._writes
        return connection

    def _ask_guard(self) -> None:
        """Each host of the DSN; a folder is a socket of this machine."""
        for host, port in self._hosts():
            if not host.startswith("/"):
                guard.require(host, port)

    def _hosts(self) -> list[tuple[str, int]]:
        try:
            said = conninfo_to_dict(self._dsn)
        except psycopg.Error:
            raise NoVerdict("the DSN of PostgreSQL cannot be read; write postgres://…") from None
        hosts = str(said.get("hostaddr") or said.get("host") or "localhost").split(",")
        ports = [int(port or _PORT) for port in str(said.get("port") or _PORT).split(",")]
        return list(zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False))

    def _place(self) -> str:
        """Where it was, without the password."""
        return ", ".join(f"PostgreSQL at {host}:{port}" for host, port in self._hosts())


class Client(Observer):
    """What may also write: each statement is a transaction, committed."""

    _writes = True


def _heard(statement: str, values: object, came: object) -> None:
    sent = repr(values) if values else ""
    HEARD.note(Said("sql", statement, cut(sent.encode()), None, cut(repr(came).encode())))


def _words(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(said.split())
