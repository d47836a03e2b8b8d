"""Whatever befalls workers, API, store and the lines between them: no lease is shared, no job is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.ordeal import Ordeal
from proofbook.history import Promises, unwitnessed
from proofbook.instruments.nemesis import Nemesis, drawn, endure
from proofbook.instruments.workers import Fleet, Troubles, haunt

if TYPE_CHECKING:
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.conftest import Judged
    from proofbook import ClaimHandle

ATTEMPTS = 8
#: Jobs of the directed schedule, which comes first.
HAUNTED = 3
#: In each wave of work: holders that die, freeze, fail, last.
TROUBLES = Troubles(kill=1, pause=2, fail=1, last=1)
DEADLINE_SECONDS = 150


@pytest.mark.waits(35)
@pytest.mark.claim("coreos.claims-survive-nemesis")
def test_claims_survive_a_nemesis(
    claim: ClaimHandle, store_drill: Deployment, seed: int, judged: Judged
) -> None:
    """The directed schedule first, then a random one, then everything is healed, drained and looked at."""
    lease_seconds = claim["lease"].total_seconds()
    ordeal = Ordeal(store_drill, lease_seconds=lease_seconds)
    promises = Promises(lease_seconds=lease_seconds, max_attempts=ATTEMPTS)
    fleet = Fleet(ordeal.connect(ATTEMPTS), promises, seed=seed)

    haunt(fleet, fleet.enqueue(HAUNTED), deadline_seconds=DEADLINE_SECONDS)
    ordeal.employ(claim["processes"])
    powers = ordeal.powers()
    schedule = drawn(powers, troubles=claim["troubles"], seed=seed)
    nemesis = Nemesis(powers, schedule, fleet.recorder)
    jobs = endure(
        fleet,
        nemesis,
        jobs=claim["jobs"],
        workers=claim["workers"],
        troubles=TROUBLES,
        deadline_seconds=DEADLINE_SECONDS,
    )
    ordeal.complete(fleet.history)

    judged(fleet.history, promises)
    lacks = unwitnessed(
        fleet.history,
        looks=len(jobs) + HAUNTED,
        reclaims=1,
        lapses=1,
        refused_zombies=1,
        unknown=1,
    )
    lacks += nemesis.unwitnessed()
    claim.require(not lacks, "; ".join(lacks))
