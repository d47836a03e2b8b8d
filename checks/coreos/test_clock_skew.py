"""Leases are by the store's clock: an API whose own is wrong changes nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_queue import connected_by_key
from proofbook.history import Promises, unwitnessed
from proofbook.instruments.workers import Fleet, Troubles, haunt

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.conftest import Judged
    from proofbook import ClaimHandle

LEASE_SECONDS = 1.0
ATTEMPTS = 8
HAUNTED = 4
TROUBLES = Troubles(kill=3, pause=3, fail=2, last=2)
DEADLINE_SECONDS = 90


@pytest.mark.claim("coreos.clock-skew-changes-nothing")
def test_a_wrong_clock_of_an_api_changes_nothing(
    claim: ClaimHandle, deployment: Deployment, seed: int, judged: Judged
) -> None:
    """One API ahead and one behind, before one store; each worker speaks to either."""
    ahead, behind = (claim[name].total_seconds() for name in ("ahead", "behind"))
    lowered = deployment.settings(RETRY_MAX_DELAY_MS=300, WORKER_ID_HOLD_SECONDS=1)
    widest = max(ahead, behind)
    raised = {
        "WORKER_AUTH_TOLERANCE_SECONDS": f"{2 * widest:.0f}",
        "TICKET_TTL_SECONDS": f"{4 * widest:.0f}",
    }
    env = {**lowered.env, **raised}
    with ThreadPoolExecutor(2) as hands:
        names = ("clock-ahead", "clock-behind")
        apis = list(hands.map(lambda n: deployment.api(env, environment=n), names))
    off = [_off_seconds(api) for api in apis]
    promises = Promises(lease_seconds=LEASE_SECONDS, max_attempts=ATTEMPTS)
    fields = {"leaseDurationMs": int(LEASE_SECONDS * 1000), "maxAttempts": ATTEMPTS}
    fleet = Fleet(connected_by_key(apis, lambda _: fields), promises, seed=seed)

    haunt(fleet, fleet.enqueue(HAUNTED), deadline_seconds=DEADLINE_SECONDS)
    jobs = fleet.enqueue(claim["jobs"])
    fleet.drain(
        jobs, workers=claim["workers"], troubles=TROUBLES, deadline_seconds=DEADLINE_SECONDS
    )

    claim.require(
        off[0] >= ahead * 0.9 and off[1] <= -behind * 0.9,
        f"the clocks were off by {off[0]:.0f} s and {off[1]:.0f} s, and the target's environments "
        f"clock-ahead and clock-behind were to make it {ahead:.0f} s and {-behind:.0f} s",
    )
    judged(fleet.history, promises)
    lacks = unwitnessed(fleet.history, claims=len(jobs), reclaims=1, refused_zombies=1)
    claim.require(not lacks, "; ".join(lacks))


def _off_seconds(api: Api) -> float:
    """By how much an API's clock, as its health page shows it, is ahead of ours."""
    shown = str(api.health().body.get("timestamp", ""))
    return datetime.fromisoformat(shown).timestamp() - time.time()
