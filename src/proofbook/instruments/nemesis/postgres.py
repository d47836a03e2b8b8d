"""What befalls a PostgreSQL that lives: its clients are thrown out, or find no place."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from proofbook.errors import NoVerdict
from proofbook.instruments.nemesis.powers import Power
from proofbook.instruments.postgres import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.instruments.nemesis.powers import Touch

Connection = psycopg.Connection[tuple[Any, ...]]

OTHERS = """
SELECT count(pg_terminate_backend(pid)) AS ended FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name <> %s
  AND pid <> pg_backend_pid()
"""
IN_USE = """
SELECT count(*)::int, (SELECT datconnlimit FROM pg_database WHERE datname = current_database()), current_database()::text
FROM pg_stat_activity WHERE datname = current_database()
"""
#: So many places are left to be taken, where the limit is ours to set.
SPARE = 10
#: Who takes all places says so, and is not thrown out by itself.
GREEDY = "proofbook-takes-all"
#: No server of a twin has so many places.
MOST = 1000
CONNECT_SECONDS = 5
#: What a server says that has no place left; SQLSTATE 53300 does not reach who could not connect.
FULL = ("too many clients", "too many connections", "connection slots are reserved")
#: Who is thrown out may take a free place sooner than we do: it is thrown out so many times.
ROUNDS = 10


def backends_ended(name: str, dsn: str, *, lane: str) -> Power:
    """The server ends everybody's connections to the database, in the middle of whatever they do."""

    @contextmanager
    def strike(_: int) -> Iterator[Touch]:
        ended = int(Client(dsn).rows(OTHERS, GREEDY)[0]["ended"])
        yield lambda: ended

    return Power(name=name, lane=lane, strike=strike, least_seconds=0.0, most_seconds=0.1)


def connections_taken(name: str, dsn: str, *, lane: str) -> Power:
    """
    Every place that the database has is taken; who had one is thrown out, and finds none.

    Whoever owns the database need not fill the whole server for it: a limit is set first.
    """

    @contextmanager
    def strike(_: int) -> Iterator[Touch]:
        Client(dsn).rows("SELECT 1")  # asks the guard, which libpq does not
        with ExitStack() as held:
            first = _connected(dsn, held)
            held.enter_context(_limited(first))
            places = _fill(dsn, held)
            for _round in range(ROUNDS):
                (ended,) = first.execute(OTHERS, (GREEDY,)).fetchone() or (0,)
                if not ended:
                    break
                places += _fill(dsn, held)
            yield lambda: places

    return Power(name=name, lane=lane, strike=strike, least_seconds=0.2, most_seconds=0.6)


@contextmanager
def _limited(connection: Connection) -> Iterator[None]:
    """A limit a little above what is in use, where we may set one; afterwards as it was."""
    found = connection.execute(IN_USE).fetchone()
    in_use, before, name = found or (0, -1, "")
    limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
    try:
        connection.execute(limit.format(sql.Identifier(str(name)), in_use + SPARE))
    except psycopg.errors.InsufficientPrivilege:
        yield
        return
    try:
        yield
    finally:
        connection.execute(limit.format(sql.Identifier(str(name)), before))


def _fill(dsn: str, held: ExitStack) -> int:
    """Connect until there is no place left; how many there were. Raises `NoVerdict` if that is never said."""
    for places in range(MOST):
        try:
            _connected(dsn, held)
        except psycopg.OperationalError as error:
            if any(words in str(error) for words in FULL):
                return places
            raise NoVerdict(f"the store's places could not be taken: {error}") from None
    raise NoVerdict(f"the store still has places after {MOST} connections")


def _connected(dsn: str, held: ExitStack) -> Connection:
    connection: Connection = psycopg.connect(
        dsn, connect_timeout=CONNECT_SECONDS, application_name=GREEDY, autocommit=True
    )
    return held.enter_context(closing(connection))
