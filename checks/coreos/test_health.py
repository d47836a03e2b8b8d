"""Health says how it is: now, in its code too, and whatever becomes of the store."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import HEALTH
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from datetime import timedelta

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: Longer than the coarsest clock that a timestamp may be written by.
ONE_TICK_SECONDS = 1.1


@pytest.mark.claim("coreos.health-is-fresh")
def test_health_is_fresh(claim: ClaimHandle, watched: Api) -> None:
    """Health answers ok with the present instant, and with a later one the next time."""
    first = watched.health()
    age = abs((datetime.now(UTC) - _instant(first)).total_seconds())
    time.sleep(ONE_TICK_SECONDS)
    second = watched.health()
    head = watched.health("HEAD")

    assert head.status == claim["code"]
    claim.expect(code=first.status, status=first.body.get("status"), age=age)
    assert _instant(second) > _instant(first)


@pytest.mark.claim("coreos.health-follows-store")
@pytest.mark.parametrize("damage", ["stopped", "frozen"])
def test_health_follows_the_store(claim: ClaimHandle, store_drill: Deployment, damage: str) -> None:
    """Health turns to 503 while the store is gone, and back to 200 by itself."""
    api = store_drill.api()
    store = store_drill.twin.store()
    claim.require(_code(api, 5) == 200, "health was not 200 with the store up")
    hurt, mend = (store.stop, store.start) if damage == "stopped" else (store.freeze, store.thaw)
    notice, recover = (claim.bound(name).upper for name in ("notice", "recover"))

    hurt()
    gone = time.monotonic()
    down = until(lambda: _seen(api, gone, notice), lambda seen: seen[0] == 503, _patience(notice))
    mend()
    back = time.monotonic()
    up = until(lambda: _seen(api, back, recover), lambda seen: seen[0] == 200, _patience(recover))

    claim.expect(code=down[0], notice=down[1])
    assert down[2] == "down"
    assert (up[0], up[2]) == (200, "ok")
    claim.expect(recover=up[1])


@pytest.mark.claim("coreos.health-503-unless-ok")
def test_health_is_503_whenever_it_is_not_ok(claim: ClaimHandle, standing: Deployment) -> None:
    """Whoever goes by the code alone sees a misconfigured API."""
    api = standing.api({"JOB_WORKER_HMAC_SECRET": ""})

    health = api.health()

    claim.require(health.body.get("status", "ok") != "ok", f"health never left ok: {health!r}")
    claim.expect(code=health.status)


def _instant(health: Reply) -> datetime:
    """The timestamp of a health page, an instant in UTC."""
    stamp = health.body.get("timestamp")
    assert isinstance(stamp, str), f"no timestamp: {health!r}"
    assert stamp.endswith("Z"), f"not in UTC: {stamp}"
    return datetime.fromisoformat(stamp)


def _seen(api: Api, since: float, patience: timedelta) -> tuple[int, float, str]:
    """Code, seconds since an instant, and status; code 0 where health did not answer."""
    health = api.attempt("GET", api.access.path(HEALTH), timeout=_patience(patience))
    return health.status, time.monotonic() - since, str(health.body.get("status"))


def _code(api: Api, seconds: float) -> int:
    return until(lambda: api.health().status, lambda code: code == 200, seconds)


def _patience(bound: timedelta) -> float:
    """A bound in seconds, and a second to see it missed by."""
    return bound.total_seconds() + 1
