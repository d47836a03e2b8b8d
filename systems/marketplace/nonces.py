"""What a wallet signs to sign in: words that were given out here, count for a while, and count once."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from systems.marketplace.redis_door import RedisAway

if TYPE_CHECKING:
    from systems.marketplace.redis_door import RedisDoor

BYTES = 16


class Nonces:
    """Gives out nonces, kept in Redis for all replicas, or here where there is none."""

    def __init__(self, redis: RedisDoor, seconds: int) -> None:
        self._redis = redis
        self._seconds = seconds
        #: Nonce → until when it counts; in the order in which they were given out.
        self._here: dict[str, float] = {}

    async def issue(self) -> str:
        """A new one, 32 hexadecimal digits."""
        nonce = secrets.token_hex(BYTES)
        try:
            async with self._redis.open() as redis:
                await redis.set(_key(nonce), "1", px=self._seconds * 1000)
        except RedisAway:
            now = time.monotonic()
            self._here = {at: until for at, until in self._here.items() if now < until}
            self._here[nonce] = now + self._seconds
        return nonce

    async def use(self, nonce: str) -> bool:
        """Whether it counts; from now on it does not."""
        if time.monotonic() < self._here.pop(nonce, 0.0):
            return True
        try:
            async with self._redis.open() as redis:
                return bool(await redis.delete(_key(nonce)))
        except RedisAway:
            return False


def _key(nonce: str) -> str:
    return f"nonce:{nonce}"
