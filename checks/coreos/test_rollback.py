"""Going back to the release before: nothing that was in the queue is lost on the way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_worker import WireWorker
from proofbook import NotAsked
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

SOON_SECONDS = 30
#: How long the job in flight takes: shorter than the grace that a worker has to finish it.
FLIGHT_SECONDS = 5
#: Its lease: shorter than itself, so that it is kept by heartbeats alone, of which one may be slow.
LEASE_MS = 3000
#: And that of a job whose worker is slow to answer: longer than the whole rollback.
LONG_LEASE_MS = 600_000
#: Every status that a job can rest in.
STATUSES = ("COMPLETED", "FAILED_RETRYABLE", "DEAD", "SUSPENDED", "PROCESSING", "PENDING")


@pytest.mark.claim("coreos.rollback-loses-nothing")
def test_a_rollback_loses_nothing(claim: ClaimHandle, drill: Deployment) -> None:
    """The release before is back, each job is as it was, and the one in flight completes once."""
    for release in ("previous", "newer"):
        if release not in drill.system.processes["api"].releases:
            raise NotAsked(f"the target has no release {release!r}", remedy="[….api.releases]")
    before = drill.api(release="previous")
    previous = before.health().body.get("commitSha")
    before.process.stop()
    api = drill.api(release="newer")
    newer = api.health().body.get("commitSha")
    jobs = _one_of_each_status(api)
    jobs.append(api.add())
    flight = api.add(
        jobType="__test.hang", payload={"hangSec": FLIGHT_SECONDS}, leaseDurationMs=LEASE_MS
    )
    api.change(flight, "priority", value=100)
    as_it_was = {job: api.job(job) for job in jobs}
    # The worker comes last: the first that it takes is the most urgent, and it takes no other.
    looked = [time.monotonic()]
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2, HEARTBEAT_INTERVAL_SECONDS=0.5)
    worker = drill.worker(api.url, "w-flies", pace.env)
    held = until(
        lambda: _looked_at(api, flight, looked), lambda seen: seen == "PROCESSING", SOON_SECONDS
    )

    worker.process.terminate()
    flown = time.monotonic() - looked[-2]  # at most: it was not held yet when it was last looked at
    ended = worker.process.wait(SOON_SECONDS)
    api.process.stop()
    back = drill.api(release="previous")

    claim.require(previous != newer, f"both releases call themselves {previous}")
    claim.require(held == "PROCESSING", f"no job was in flight: it is {held}")
    claim.require(
        flown < FLIGHT_SECONDS, f"the job may have landed: {flown:.1f} s until its worker was told"
    )
    rested = tuple(was["status"] for was in as_it_was.values())
    claim.require(rested == STATUSES, f"the jobs were {rested} before")
    assert back.health().body.get("commitSha") == previous
    now = {job: back.job(job) for job in jobs}
    changed = {was["status"]: now[job] for job, was in as_it_was.items() if now[job] != was}
    assert changed == {}, f"not as they were: {changed}"
    landed = back.job(flight)
    assert (landed["status"], ended) == ("COMPLETED", 0)
    claim.expect(attempt=landed["attempts"])


def _looked_at(api: Api, job: str, looked: list[float]) -> str:
    """A job's status, and when it was asked for."""
    looked.append(time.monotonic())
    return api.status(job)


def _one_of_each_status(api: Api) -> list[str]:
    """A job in each status but the last."""
    worker = WireWorker(api, "w-before")
    jobs = [api.add(maxAttempts=most) for most in (3, 3, 1)]
    worker.succeed(worker.take())
    worker.fail(worker.take())
    worker.fail(worker.take())
    suspended = api.add()
    api.change(suspended, "suspend")
    slow = api.add(leaseDurationMs=LONG_LEASE_MS)
    worker.take()
    return [*jobs, suspended, slow]
