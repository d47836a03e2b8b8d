"""Buckets in Redis, which all replicas share, and in memory where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis import Redis

from systems.chassis.http import Refusal
from systems.marketplace import limiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.systems.marketplace.markets import Market

#: One token comes back each 100 minutes: what the test itself takes is nothing beside it.
LIMITS = {"RATE_LIMITS": '{"login": "5/30000"}'}


def taken(market: Market, who: str = "somebody") -> bool:
    """Whether there was a token."""
    try:
        market.runner.run(market.service.limiter.check("login", who, "no more"))
    except Refusal:
        return False
    return True


@pytest.fixture
def redis(stores: dict[str, str]) -> Iterator[Redis]:
    """Redis itself."""
    with Redis.from_url(stores["REDIS_URL"], decode_responses=True) as found:
        yield found


def test_a_bucket_in_redis_fills_up_again(opens: Callable[..., Market], redis: Redis) -> None:
    """A whole token at a time, however often is asked meanwhile; when it would be full it is forgotten."""
    market, replica, key = opens(**LIMITS), opens(**LIMITS), "rl:login:somebody"

    def went_by(seconds: int) -> None:
        redis.hincrby(key, "since", -seconds * 1000)

    assert [taken(each) for each in (market, replica) * 3] == [True] * 5 + [False]
    went_by(5500)
    assert not taken(market)
    went_by(600)
    assert [taken(replica), taken(market)] == [True, False]
    went_by(13_000)
    assert [taken(market) for _ in range(3)] == [True, True, False]
    went_by(300_000)
    assert [taken(market) for _ in range(6)] == [True] * 5 + [False]
    assert 29_000_000 < int(str(redis.pttl(key))) <= 30_000_000
    assert taken(market, "another")


def test_a_bucket_in_memory_is_forgotten_when_full(
    opens: Callable[..., Market], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a crowd those remain who have used something up lately."""
    monkeypatch.setattr(limiter, "CROWD", 2)
    market = opens(**LIMITS, REDIS_URL="")
    now = [0]
    monkeypatch.setattr("time.monotonic_ns", lambda: now[0])

    assert [taken(market, "a") for _ in range(6)] == [True] * 5 + [False]
    now[0] = 30_001 * 10**9
    for who in ("b", "c"):
        assert taken(market, who)
    assert {who for _, who in market.service.limiter._buckets} == {"b", "c"}
    assert taken(market, "a")
