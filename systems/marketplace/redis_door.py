"""The way to Redis, on which nothing waits longer than it may."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from systems.marketplace.settings import RedisSettings


class RedisAway(Exception):
    """Redis cannot be reached, or takes longer than it may."""


class RedisDoor:
    """One Redis; without an address it is always away."""

    def __init__(self, settings: RedisSettings) -> None:
        self._limit_seconds = settings.limit_ms / 1000
        self._redis: Redis | None = None
        if settings.url:
            self._redis = Redis.from_url(
                settings.url,
                decode_responses=True,
                socket_timeout=self._limit_seconds,
                socket_connect_timeout=self._limit_seconds,
                # Once more, on a new connection: the server may have ended the one that was kept.
                retry=Retry(NoBackoff(), 1),
            )

    @property
    def is_configured(self) -> bool:
        """Whether there is to be one."""
        return self._redis is not None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Redis]:
        """Redis, for commands that together take no longer than the limit. Raises RedisAway."""
        if self._redis is None:
            raise RedisAway("REDIS_URL is not set")
        try:
            async with asyncio.timeout(self._limit_seconds):
                yield self._redis
        except (RedisError, OSError, TimeoutError) as error:
            raise RedisAway(type(error).__name__) from error

    async def answers(self) -> bool:
        """Whether it answers in time."""
        try:
            async with self.open() as redis:
                await redis.ping()
        except RedisAway:
            return False
        return True

    async def close(self) -> None:
        """Let go of all connections."""
        if self._redis is not None:
            await self._redis.aclose()
