"""
Whether the store answers, asked on a connection of its own.

A health page must speak even when every pooled connection hangs. One question is under way at a time; whoever asks
meanwhile gets its answer.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psycopg

from systems.chassis.store import AWAY, bounded, hang_up, hung_up_at, is_stale

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from psycopg import AsyncConnection

    Row = tuple[Any, ...]


class Probe:
    """Asks the store one small question, which gives rows, within a time limit."""

    def __init__(self, dsn: str, question: str, *, limit_ms: int) -> None:
        self._dsn = bounded(dsn, limit_ms)
        self._question = question
        self._limit_seconds = limit_ms / 1000
        self._connection: AsyncConnection[Row] | None = None
        self._asking: asyncio.Task[Sequence[Row] | None] | None = None

    async def store_answers(self) -> bool:
        """Whether the store answered in time."""
        return await self.rows() is not None

    async def rows(self) -> Sequence[Row] | None:
        """What the store answered; None if it did not in time."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _ask(self) -> Sequence[Row] | None:
        deadline = asyncio.get_running_loop().time() + self._limit_seconds
        try:
            async with asyncio.timeout_at(deadline):
                connection = await self._connected()
            with hung_up_at(connection, deadline):
                return await (await connection.execute(self._question)).fetchall()
        except (*AWAY, TimeoutError):
            self._drop()
            return None

    async def _connected(self) -> AsyncConnection[Row]:
        if self._connection is not None and not self._connection.closed:
            if not is_stale(self._connection):
                return self._connection
            self._drop()
        self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            hang_up(self._connection)
            self._connection.pgconn.finish()
            self._connection = None
