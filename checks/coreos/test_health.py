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
#: Between two looks at health.
LOOK_SECONDS = 0.05


@pytest.mark.claim("coreos.health-is-fresh")
def test_health_is_fresh(claim: ClaimHandle, watched: Api) -> None:
    """Health answers ok with the present instant, and with a later one the next time."""
    asked = datetime.now(UTC)
    first = watched.health()
    answered = datetime.now(UTC)
    # The present is some instant between the two: how long the answer was on its way is not its age.
    stamp = _instant(first)
    age = max((asked - stamp).total_seconds(), (stamp - answered).total_seconds(), 0)
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
    down = _turned(api, 503, notice)
    mend()
    up = _turned(api, 200, recover)

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


def _turned(api: Api, code: int, patience: timedelta) -> tuple[int, float, str]:
    """
    Code and status of health once it has that code, or when time is up, and how many seconds that took it.

    It took at least until the last look that did not show it was over, and as long as the look that did: before
    that one we were late ourselves, if anybody was. The code is 0 where health did not answer.
    """
    since, took = time.monotonic(), 0.0
    while True:
        sent = time.monotonic()
        health = api.attempt("GET", api.access.path(HEALTH), timeout=_patience(patience))
        if health.status == code or sent - since > _patience(patience):
            took = max(took, time.monotonic() - sent)
            return health.status, took, str(health.body.get("status"))
        took = time.monotonic() - since
        time.sleep(LOOK_SECONDS)


def _code(api: Api, seconds: float) -> int:
    return until(lambda: api.health().status, lambda code: code == 200, seconds)


def _patience(bound: timedelta) -> float:
    """A bound in seconds, and a second to see it missed by."""
    return bound.total_seconds() + 1
