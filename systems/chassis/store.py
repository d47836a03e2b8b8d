"""
Transactions on PostgreSQL on which nothing waits longer than it may.

A frozen server accepts and never answers, so no timeout of its own helps: when a transaction's time is up, this end
hangs up the socket, the driver sees the end of file, and the caller gets `StoreUnavailable`.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row

from systems.chassis import text
from systems.chassis.outages import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

#: A row: a named tuple, its fields named by the query.
Row = Any
Connection = AsyncConnection[Row]
#: A query by name, and its values.
Statement = tuple[str, Mapping[str, object]]
#: Told of each statement: its query's name, and how many milliseconds it took.
Watch = Callable[[str, float], None]

#: What the driver says when the server is away, too slow or not set up; anything else is our own bug.
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.UndefinedTable)


def connection_string(said: str) -> str:
    """A connection string that the driver understands. Raises ValueError."""
    try:
        conninfo_to_dict(said)
    except psycopg.ProgrammingError as error:
        raise ValueError("no connection string") from error
    return said


def unwatched(_query: str, _milliseconds: float) -> None:
    """Nobody is told."""


class Transaction:
    """Named queries, inside one transaction."""

    def __init__(
        self, connection: Connection, queries: Mapping[str, str], watch: Watch = unwatched
    ) -> None:
        self._connection = connection
        self._queries = queries
        self._watch = watch

    async def rows(self, query: str, **values: object) -> list[Row]:
        """All rows that a query gives."""
        return await (await self._execute(query, values)).fetchall()

    async def row(self, query: str, **values: object) -> Row | None:
        """The first row that a query gives, or None."""
        return await (await self._execute(query, values)).fetchone()

    async def one(self, query: str, **values: object) -> Row:
        """The row that a query always gives."""
        row = await self.row(query, **values)
        if row is None:
            raise RuntimeError(f"{query} gave no row")
        return row

    async def run(self, query: str, **values: object) -> None:
        """Run a query for what it changes."""
        await self._execute(query, values)

    async def run_all(self, statements: Sequence[Statement]) -> None:
        """Run queries for what they change, in this order, all sent before the first is answered."""
        if len(statements) < 2:  # noqa: PLR2004 - nothing to gain
            for query, values in statements:
                await self._execute(query, values)
            return
        async with self._connection.pipeline():
            for query, values in statements:
                await self._execute(query, values)

    async def _execute(self, query: str, values: Mapping[str, object]) -> psycopg.AsyncCursor[Row]:
        stored = {name: text.storable(value) for name, value in values.items()}
        began = time.monotonic()
        try:
            return await self._connection.execute(self._queries[query], stored)
        finally:
            self._watch(query, (time.monotonic() - began) * 1000)


class Session:
    """One connection, for transactions one after the other."""

    def __init__(
        self, connection: Connection, queries: Mapping[str, str], watch: Watch = unwatched
    ) -> None:
        self._connection = connection
        self._queries = queries
        self._watch = watch

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction, committed at the end of the block."""
        async with self._connection.transaction():
            yield Transaction(self._connection, self._queries, self._watch)


class Store:
    """
    Transactions on PostgreSQL, each within a time limit, a few at a time.

    Connections are made when they are needed, within the limit of whoever needs one, and kept: so a server that is
    away is told at once, and one that is back is used at once. (psycopg_pool lets its clients wait for a background
    task that connects at its own pace, a second and more apart.)
    """

    def __init__(
        self,
        dsn: str,
        queries: Mapping[str, str],
        *,
        limit_ms: int,
        connections: int = 8,
        watch: Watch = unwatched,
    ) -> None:
        self._dsn = bounded(dsn, limit_ms)
        self._queries = queries
        self._watch = watch
        self._limit_seconds = limit_ms / 1000
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[Connection] = []
        #: Who waits for a connection, who has one, and since when.
        self._waiting: dict[asyncio.Timeout, float] = {}
        self._in_use: dict[Connection, float] = {}

    async def close(self) -> None:
        """Let go of all connections."""
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction, committed at the end of the block. Raises StoreUnavailable."""
        async with self.session() as session, session.transaction() as transaction:
            yield transaction

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """One connection for several transactions; the limit is for all of them. Raises StoreUnavailable."""
        deadline = asyncio.get_running_loop().time() + self._limit_seconds
        try:
            async with self._connection(deadline) as connection:
                with hung_up_at(connection, deadline):
                    yield Session(connection, self._queries, self._watch)
        except (*AWAY, TimeoutError) as error:
            raise StoreUnavailable(type(error).__name__) from error

    def waits_seconds(self) -> float:
        """For how long somebody has waited for this store by now; 0 if nobody does."""
        since = [*self._waiting.values(), *self._in_use.values()]
        return asyncio.get_running_loop().time() - min(since) if since else 0.0

    def give_up(self) -> None:
        """Tell everybody who waits for the store by now that it is in vain."""
        now = asyncio.get_running_loop().time()
        for waiting in self._waiting:
            if not waiting.expired():
                waiting.reschedule(now)
        for connection in self._in_use:
            hang_up(connection)

    @asynccontextmanager
    async def _connection(self, deadline: float) -> AsyncIterator[Connection]:
        async with self._patient(deadline):
            await self._turns.acquire()
        try:
            async with self._patient(deadline):
                connection = await self._taken() or await self._made()
            self._in_use[connection] = asyncio.get_running_loop().time()
            try:
                yield connection
            finally:
                del self._in_use[connection]
                await self._given_back(connection)
        finally:
            self._turns.release()

    @asynccontextmanager
    async def _patient(self, deadline: float) -> AsyncIterator[None]:
        """Within the block, wait until the deadline, or until it is given up."""
        async with asyncio.timeout_at(deadline) as waiting:
            self._waiting[waiting] = asyncio.get_running_loop().time()
            try:
                yield
            finally:
                del self._waiting[waiting]

    async def _taken(self) -> Connection | None:
        """The connection used last, if the server has not ended it since."""
        while self._idle:
            connection = self._idle.pop()
            if not is_stale(connection):
                return connection
            await connection.close()
        return None

    async def _made(self) -> Connection:
        connection = await AsyncConnection.connect(
            self._dsn, autocommit=True, row_factory=namedtuple_row
        )
        text.register(connection)
        return connection

    async def _given_back(self, connection: Connection) -> None:
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            self._idle.append(connection)
        else:
            await connection.close()


def bounded(dsn: str, limit_ms: int) -> str:
    """A connection string whose server-side limits match ours, so that nothing is left running there."""
    options = (
        f"{conninfo_to_dict(dsn).get('options') or ''} -c statement_timeout={limit_ms}"
        f" -c idle_in_transaction_session_timeout={limit_ms}"
    )
    return make_conninfo(dsn, options=options)


@contextmanager
def hung_up_at(connection: AsyncConnection[Any], deadline: float) -> Iterator[None]:
    """Within the block, hang up on the server when the loop's clock reaches the deadline."""
    timer = asyncio.get_running_loop().call_at(deadline, hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def hang_up(connection: AsyncConnection[Any]) -> None:
    """End a connection from this side: whoever waits on it sees an end of file at once."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


def is_stale(connection: AsyncConnection[Any]) -> bool:
    """Whether the server has spoken on an idle connection: it only does so to say goodbye."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
