"""Many workers, some of whom die and some of whom come back too late: every job is done, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_queue import connected
from proofbook.history import Promises, unwitnessed
from proofbook.instruments.workers import Fleet, Troubles, haunt

if TYPE_CHECKING:
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.conftest import Judged
    from proofbook import ClaimHandle

LEASE_SECONDS = 2.0
ATTEMPTS = 5
#: Jobs of the directed schedule, which comes first: against a stranger, then against a namesake.
HAUNTED = 4
TROUBLES = Troubles(kill=10, pause=10, fail=5, last=5)
DEADLINE_SECONDS = 120


@pytest.mark.waits(22)
@pytest.mark.claim("coreos.claimed-once")
def test_each_job_is_leased_to_one_live_worker(
    claim: ClaimHandle, deployment: Deployment, seed: int, judged: Judged
) -> None:
    """However many workers poll and whatever becomes of them."""
    lowered = deployment.settings(RETRY_MAX_DELAY_MS=500, WORKER_ID_HOLD_SECONDS=1)
    api = deployment.api(lowered.env)
    promises = Promises(lease_seconds=LEASE_SECONDS, max_attempts=ATTEMPTS)
    connect = connected(api, leaseDurationMs=int(LEASE_SECONDS * 1000), maxAttempts=ATTEMPTS)
    fleet = Fleet(connect, promises, seed=seed)

    for same_name in (False, True):
        haunted = fleet.enqueue(HAUNTED)
        haunt(fleet, haunted, deadline_seconds=DEADLINE_SECONDS, same_name=same_name)
    jobs = fleet.enqueue(claim["jobs"])
    history = fleet.drain(
        jobs,
        workers=claim["workers"],
        troubles=TROUBLES,
        deadline_seconds=DEADLINE_SECONDS,
    )

    judged(history, promises)
    lacks = unwitnessed(history, claims=claim["jobs"], reclaims=1, refused_zombies=1)
    claim.require(not lacks, "; ".join(lacks))
