"""What idle workers and idle people may count on."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CLAIM
from checks.coreos.overheard import sent_seconds
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap

#: Polls of each worker that are waited for.
POLLS = 4
SOON_SECONDS = 15


@pytest.mark.waits(25)
@pytest.mark.claim("coreos.workers-poll-steadily")
def test_each_worker_polls_at_its_own_steady_pace(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Neither in a hurry nor asleep, and not in step with another."""
    interval = claim["interval"].total_seconds()
    taps = [deployment.tap(api) for _ in range(claim["workers"])]
    for number, tap in enumerate(taps):
        deployment.worker(tap.url, f"w{number}")
    until(
        lambda: min(len(_polls(tap, api)) for tap in taps),
        lambda fewest: fewest >= POLLS,
        (POLLS + 1) * interval + SOON_SECONDS,
    )

    now = time.time()
    polls = [_polls(tap, api) for tap in taps]

    longest = claim.bound("gap").upper.total_seconds()
    # Who polled often enough is judged by its gaps: how long ago its last poll is says how slow we were.
    lacking = [seen for seen in polls if seen and len(seen) < POLLS]
    assert [now - seen[-1] for seen in lacking if now - seen[-1] > longest] == []
    for seen in polls:
        for before, after in pairwise(seen):
            claim.expect(gap=after - before)
    claim.require(min(map(len, polls)) >= POLLS, f"too few polls: {list(map(len, polls))}")


@pytest.mark.claim("coreos.claim-tested-by-hand")
def test_asking_how_much_waits_takes_nothing(claim: ClaimHandle, api: Api) -> None:
    """The number of jobs that a claim could hand out now, and nothing else happens."""
    jobs = [api.add() for _ in range(3)]
    api.change(api.add(), "suspend")

    replies = [api.send("GET", CLAIM) for _ in range(2)]

    after = [api.job(job) for job in jobs]
    for reply in replies:
        claim.expect(status=reply.status)
        assert (reply.body.get("ok"), reply.body.get("claimable")) == (True, len(jobs))
    assert [(job["status"], job["attempts"]) for job in after] == [("PENDING", 0)] * len(jobs)


def _polls(tap: Tap, api: Api) -> list[float]:
    """When the claims that passed a tap were sent, in seconds."""
    path = api.access.path(CLAIM)
    return [sent_seconds(seen, api.access) for seen in tap.exchanges() if seen.path == path]
