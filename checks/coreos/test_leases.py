"""A lease holds for as long as it was given, and not an instant longer or shorter."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import REAPER
from checks.coreos.adapter_worker import WireWorker, claimed_of
from checks.coreos.listing import first_listed
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_worker import Claimed
    from checks.coreos.listing import Listing
    from proofbook import ClaimHandle

SOON_SECONDS = 15
#: What the stuck page says of a job.
SHOWN = ("jobId", "workerId", "attempts", "leaseUntil")
#: What rounding to milliseconds may add or take away.
ROUNDED = 0.005


@pytest.mark.waits(34)
@pytest.mark.claim("coreos.stuck-after-lease")
def test_a_job_is_stuck_once_its_lease_is_over(claim: ClaimHandle, api: Api) -> None:
    """The lease that nobody asked for otherwise: not listed before it ends, listed right after."""
    lease = claim["lease"].total_seconds()
    job = api.add()
    asked = time.monotonic()
    held = WireWorker(api, "w1").take()
    answered = time.monotonic()

    listing = first_listed(api, job, answered + lease + SOON_SECONDS)

    claim.require(held.job == job, "another job was in the queue")
    _judge(claim, listing, asked + lease, answered + lease)
    shown = api.job(job)
    claim.expect(lease=(shown["leaseUntil"] - shown["claimedAt"]) / 1000)


@pytest.mark.claim("coreos.lease-holds-until-it-ends")
def test_a_lease_holds_until_it_ends(claim: ClaimHandle, api: Api) -> None:
    """Nobody gets the job before; the first who asks after does, or finds it dead."""
    lease = claim["lease"].total_seconds()
    first, second = WireWorker(api, "w1"), WireWorker(api, "w2")
    jobs = [api.add(leaseDurationMs=int(lease * 1000), maxAttempts=most) for most in (3, 1)]
    asked = time.monotonic()
    held = [first.take() for _ in jobs]
    over = time.monotonic() + lease
    api.send("POST", REAPER, role="owner")
    empty, early = 0, None

    while early is None and time.monotonic() < asked + lease - 0.2:
        status = [api.status(job) for job in jobs]
        early = claimed_of(second.claim())
        if time.monotonic() < asked + lease:
            assert (early, status) == (None, ["PROCESSING"] * 2)
            empty += 1
    until(time.monotonic, lambda now: now > over, lease)
    # Who asked in time may have been heard only when the lease was over.
    taken = early or claimed_of(second.claim())
    # On a slow machine the first may have lapsed again, and is met before the second.
    end = until(lambda: _next_end(second, jobs[1]), lambda seen: seen == "DEAD", SOON_SECONDS)

    claim.require([job.job for job in held] == jobs, "other jobs were in the queue")
    claim.require(empty >= 3, f"only {empty} claims came while the lease held")
    assert taken is not None, "the first claim after the lease came back empty"
    assert (taken.job, taken.attempts) == (jobs[0], 2)
    assert end == "DEAD"


@pytest.mark.claim("coreos.lease-duration-set-at-enqueue")
def test_a_lease_is_as_long_as_its_enqueue_said(claim: ClaimHandle, api: Api) -> None:
    """From the claim, and again from each heartbeat."""
    long, short = (int(claim[name].total_seconds() * 1000) for name in ("long", "short"))
    least, most = (int(claim[name].total_seconds() * 1000) for name in ("least", "most"))
    worker = WireWorker(api, "w1")
    refused = [api.enqueue(leaseDurationMs=bad).status for bad in (least - 1, most + 1, "x")]
    assert refused == [400, 400, 400]
    # The first lease may be over before the last is given: its job has one attempt, and comes no more.
    jobs = [api.add(leaseDurationMs=least, maxAttempts=1)]
    jobs += [api.add(leaseDurationMs=given) for given in (most, long, short)]

    held, given = [], []
    for _ in jobs:
        asked = time.monotonic()
        held.append(worker.take())
        answered = time.monotonic()
        given.append(_lease_ms(api, held[-1]))
    sent = time.monotonic()
    beat = worker.heartbeat(held[-1])
    back = time.monotonic()
    kept = api.job(jobs[-1])["leaseUntil"]
    again = until(
        lambda: claimed_of(WireWorker(api, "w2").claim()),
        lambda seen: seen is not None and seen.job == jobs[-1],
        short / 1000 + SOON_SECONDS,
    )

    claim.require([job.job for job in held] == jobs, "other jobs were in the queue")
    claim.require(beat.status == 200, f"the heartbeat was refused: {beat!r}")
    assert given == [least, most, long, short]
    assert kept == beat.body["leaseUntil"], "the heartbeat's answer is not what was kept"
    moved = (beat.body["leaseUntil"] - held[-1].lease_until) / 1000
    assert sent - answered - ROUNDED <= moved <= back - asked + ROUNDED
    assert again is not None
    assert again.job == jobs[-1]


@pytest.mark.claim("coreos.stuck-lists-exactly")
def test_the_stuck_page_lists_what_is_stuck(claim: ClaimHandle, api: Api) -> None:
    """The lapsed one, in time and with all that a person asks; never the others."""
    worker = WireWorker(api, "w-stuck")
    before = {row["jobId"] for row in api.stuck()}
    lease = 1.5
    # The short lease is taken last: it is not over before the others are given.
    live, done, lapsed = (api.add(leaseDurationMs=ms) for ms in (60_000, 60_000, 1500))
    held = [worker.take() for _ in range(2)]
    finished = worker.succeed(held[1])
    asked = time.monotonic()
    held.append(worker.take())
    answered = time.monotonic()

    listing = first_listed(api, lapsed, answered + lease + SOON_SECONDS)
    rows = [row for row in api.stuck() if row["jobId"] not in before]

    claim.require([job.job for job in held] == [live, done, lapsed], "other jobs were in the queue")
    claim.require(finished.status == 200, f"the second did not complete: {finished!r}")
    _judge(claim, listing, asked + lease, answered + lease)
    shown = [{name: row.get(name) for name in SHOWN} for row in rows]
    told = (lapsed, worker.id, 1, held[2].lease_until)
    assert shown == [dict(zip(SHOWN, told, strict=True))]


def _judge(claim: ClaimHandle, listing: Listing | None, earliest: float, latest: float) -> None:
    """Listed not before `earliest`, and in time after `latest`."""
    assert listing is not None, "the job was never listed"
    assert listing.listed >= earliest, f"listed {earliest - listing.listed:.2f} s too early"
    claim.expect(late=max(0.0, listing.absent - latest))


def _next_end(worker: WireWorker, job: str) -> str:
    """What has become of a job once a worker has asked for the next."""
    worker.claim()
    return worker.api.status(job)


def _lease_ms(api: Api, held: Claimed) -> int:
    shown = api.job(held.job)
    return int(shown["leaseUntil"]) - int(shown["claimedAt"])
