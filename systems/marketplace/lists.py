"""
The two public lists, kept for a while: in Redis, on a developer's machine without one in this process.

What changes a list raises its version, which is a part of every key, so that all variants are built anew. The version
is read before the build: what changes meanwhile is not kept under the new one.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from systems.marketplace.redis_door import RedisAway

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from systems.marketplace.events import Events
    from systems.marketplace.redis_door import RedisDoor

JOBS, FREELANCERS = "jobs_list", "freelancers_list"
#: From so many lists on, a process forgets those that are too old.
CROWD = 1000


@dataclass(slots=True)
class Kept:
    """Lists in this process: key → until when, and the body."""

    bodies: dict[str, tuple[float, bytes]] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)

    def get(self, key: str) -> bytes | None:
        """A body that is young enough."""
        until, body = self.bodies.get(key, (0.0, b""))
        return body if time.monotonic() < until else None

    def put(self, key: str, body: bytes, seconds: float) -> None:
        """Keep a body for so long."""
        now = time.monotonic()
        if len(self.bodies) >= CROWD:
            self.bodies = {at: it for at, it in self.bodies.items() if now < it[0]}
        self.bodies[key] = (now + seconds, body)


class Lists:
    """Gives lists, kept or built, and forgets them when they change."""

    def __init__(
        self, redis: RedisDoor, events: Events, *, seconds: float, is_kept_here: bool
    ) -> None:
        self._redis = redis
        self._events = events
        self._seconds = seconds
        #: Whether this process keeps lists while there is no Redis.
        self._is_kept_here = is_kept_here
        self._here = Kept()
        #: Changes that Redis has not heard of.
        self._owed: set[str] = set()

    async def get(
        self, name: str, query: str, build: Callable[[], Awaitable[bytes]]
    ) -> tuple[str, bytes]:
        """`HIT` or `MISS`, and the list of this query."""
        digest = sha256(query.encode("utf-8", "surrogatepass")).hexdigest()
        version = await self._version(name)
        key = f"c:{name}:{digest}:{version or self._here.versions[name]}"
        found = await self._read(key, is_in_redis=version is not None)
        self._events.tell("cache.hit" if found else "cache.miss", {"list": name})
        if found:
            return "HIT", found
        body = await build()
        await self._write(key, body, is_in_redis=version is not None)
        return "MISS", body

    async def bump(self, name: str) -> None:
        """The list has changed."""
        self._events.tell("cache.version.bump", {"list": name})
        self._here.versions[name] += 1
        self._owed.add(name)
        await self._version(name)

    async def _version(self, name: str) -> str | None:
        """The version of a list, after all changes of this process; None without Redis."""
        try:
            async with self._redis.open() as redis:
                if name not in self._owed:
                    return str(await redis.get(f"v:{name}") or "0")
                version = str(await redis.incr(f"v:{name}"))
        except RedisAway:
            return None
        self._owed.discard(name)
        return version

    async def _read(self, key: str, *, is_in_redis: bool) -> bytes | None:
        if not is_in_redis:
            return self._here.get(key) if self._is_kept_here else None
        try:
            async with self._redis.open() as redis:
                found = await redis.get(key)
        except RedisAway:
            return None
        return str(found).encode() if found else None

    async def _write(self, key: str, body: bytes, *, is_in_redis: bool) -> None:
        lasts_ms = int(self._seconds * 1000)
        if lasts_ms <= 0:
            return
        if not is_in_redis:
            if self._is_kept_here:
                self._here.put(key, body, self._seconds)
            return
        try:
            async with self._redis.open() as redis:
                await redis.set(key, body, px=lasts_ms)
        except RedisAway:
            return
