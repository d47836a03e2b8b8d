"""
A bucket of tokens: full at first, one taken each time, filled up again as time goes by.

Only whole tokens are put back, and the time since which they are counted moves only when at least one was: so nobody
who keeps asking is kept waiting for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from systems.marketplace.limits import Limit


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many tokens, counted since an instant in milliseconds."""

    tokens: int
    since_ms: int


def take(bucket: Bucket | None, limit: Limit, *, now_ms: int) -> tuple[bool, Bucket]:
    """Whether there was a token, and the bucket without it; None is a bucket that nobody has used."""
    found = _filled(bucket or Bucket(limit.times, now_ms), limit, now_ms)
    if found.tokens == 0:
        return False, found
    return True, Bucket(found.tokens - 1, found.since_ms)


def _filled(bucket: Bucket, limit: Limit, now_ms: int) -> Bucket:
    fresh = max(0, now_ms - bucket.since_ms) * limit.times // (limit.seconds * 1000)
    if fresh == 0:
        return bucket
    return Bucket(min(limit.times, bucket.tokens + fresh), now_ms)
