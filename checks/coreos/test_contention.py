"""Many workers at once: nobody goes away empty while there is work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CLAIM
from checks.coreos.adapter_worker import WireWorker, claimed_of
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from proofbook import ClaimHandle


@pytest.mark.claim("coreos.no-empty-claim-while-work-waits")
def test_no_claim_is_empty_while_work_waits(claim: ClaimHandle, api: Api) -> None:
    """As many claims at one instant as workers, until every job is handed out."""
    jobs = {api.add() for _ in range(claim["jobs"])}
    workers = [WireWorker(api, f"w{number}") for number in range(claim["workers"])]
    waiting = api.send("GET", CLAIM).body.get("claimable", len(jobs))

    replies = []
    for _ in range(claim["jobs"] // claim["workers"]):
        replies += at_once(*(worker.claim for worker in workers))

    claim.require(waiting == len(jobs), f"{waiting} jobs waited, not {len(jobs)}")
    handed = [held.job if (held := claimed_of(reply)) else repr(reply) for reply in replies]
    assert sorted(handed) == sorted(jobs)
