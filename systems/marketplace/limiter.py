"""
How often somebody may do something, counted over all replicas: in Redis, or in this process where there is none.

The script is `bucket.take` once more, for in Redis a bucket must be read and written in one step.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.marketplace import bucket
from systems.marketplace.redis_door import RedisAway

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.marketplace.bucket import Bucket
    from systems.marketplace.events import Events
    from systems.marketplace.limits import Limit
    from systems.marketplace.redis_door import RedisDoor

SCRIPT = (Path(__file__).parent / "take.lua").read_text(encoding="utf-8")
#: From so many buckets on, those that are full again are forgotten.
CROWD = 10_000


class Limiter:
    """All limits; who is limited is an address, or whatever the caller says."""

    def __init__(self, limits: Mapping[str, Limit], redis: RedisDoor, events: Events) -> None:
        self._limits = limits
        self._redis = redis
        self._events = events
        self._buckets: dict[tuple[str, str], Bucket] = {}

    async def check(self, name: str, who: str, refusal: str) -> None:
        """Take one. Raises Refusal 429 where there is none left."""
        is_allowed = await self._take(name, who)
        self._events.tell(f"ratelimit.{'allow' if is_allowed else 'block'}", {"limit": name})
        if not is_allowed:
            raise Refusal(429, refusal)

    async def _take(self, name: str, who: str) -> bool:
        limit = self._limits[name]
        try:
            async with self._redis.open() as redis:
                return bool(
                    await redis.eval(
                        SCRIPT, 1, f"rl:{name}:{who}", limit.times, limit.seconds * 1000
                    )
                )
        except RedisAway:
            return self._take_here(name, who, limit)

    def _take_here(self, name: str, who: str, limit: Limit) -> bool:
        now_ms = time.monotonic_ns() // 1_000_000
        is_allowed, left = bucket.take(self._buckets.get((name, who)), limit, now_ms=now_ms)
        self._buckets[name, who] = left
        if len(self._buckets) > CROWD:
            self._buckets = {
                key: each
                for key, each in self._buckets.items()
                if now_ms - each.since_ms < self._limits[key[0]].seconds * 1000
            }
        return is_allowed
