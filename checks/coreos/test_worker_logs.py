"""What a worker's log tells whoever reads it at night."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.coreos.worker_ends import NOWHERE
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

SOON_SECONDS = 30
#: What a worker has to say of a job that ended, it has said by then.
LOGGED_SECONDS = 15


@pytest.mark.waits(30)
@pytest.mark.claim("coreos.heartbeats-logged")
def test_heartbeats_can_be_counted_in_the_log(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """At the interval that holds when nobody sets another."""
    seconds = claim["duration"].total_seconds()
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    worker = deployment.worker(api.url, "w1", pace.env)
    job = api.add(jobType="__test.hang", payload={"hangSec": seconds})
    #: When the lease ends: at the claim, and after each heartbeat. How late we look does not change it.
    leases: list[int] = []

    def look() -> str:
        seen = api.job(job)
        lease = seen.get("leaseUntil")
        if lease and lease not in leases:
            leases.append(lease)
        return str(seen["status"])

    end = until(look, lambda status: status == "COMPLETED", seconds + SOON_SECONDS)
    beats = worker.lines("heartbeat", job)

    claim.require(end == "COMPLETED", f"the long job is {end}")
    claim.expect(heartbeats=len(beats))
    claim.require(len(leases) == 1 + len(beats), f"of its leases only {len(leases)} were seen")
    claim.expect(gap=(leases[2] - leases[1]) / 1000)


@pytest.mark.claim("coreos.worker-log-shows-error")
def test_one_line_holds_job_and_error(claim: ClaimHandle, deployment: Deployment, api: Api) -> None:
    """Nobody has to put two lines together."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    worker = deployment.worker(api.url, "w1", pace.env)
    job = api.add(jobType="__test.fail_n_times", payload={"failCount": 5}, maxAttempts=1)

    end = until(lambda: api.job(job), lambda seen: seen["status"] == "DEAD", SOON_SECONDS)

    claim.require("lastError" in end, f"the job did not fail: {end}")
    message = end["lastError"]["message"]
    lines = until(
        lambda: [one for one in worker.lines("failed", job) if message in one], bool, LOGGED_SECONDS
    )
    assert lines, f"no line holds {job} and {message!r}"


@pytest.mark.claim("coreos.unreachable-api-logged")
def test_an_unreachable_api_is_logged_at_each_poll(
    claim: ClaimHandle, deployment: Deployment
) -> None:
    """The worker stays, tries on and says so."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.5)
    polls = claim["polls"]
    worker = deployment.worker(NOWHERE, "w1", pace.env)
    started = time.monotonic()
    needed = (polls + 1) * pace["POLL_INTERVAL_SECONDS"]

    lines = until(
        lambda: worker.lines("claim_error"), lambda seen: len(seen) >= polls, needed + SOON_SECONDS
    )
    until(time.monotonic, lambda now: now > started + needed, needed)

    assert worker.process.is_running, f"the worker ended: {worker.process.output()[-400:]}"
    assert len(lines) >= polls, worker.process.output()[-400:]
