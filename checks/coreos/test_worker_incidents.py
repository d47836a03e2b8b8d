"""What the playbook says of workers that crash, vanish, stall or come back."""

from __future__ import annotations

import time
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CLAIM, RESULT
from checks.coreos.adapter_worker import WireWorker, claimed_of
from checks.coreos.listing import first_listed
from checks.coreos.overheard import overheard, sent_seconds
from proofbook import NoVerdict
from proofbook.history import Kind
from proofbook.instruments.waiting import pause_until, until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.history import Event
    from proofbook.instruments.tap import Tap

SOON_SECONDS = 30
#: A short lease, in ms: what is stuck shows soon, and a heartbeat may yet be slow.
LEASE_MS = 4000
#: Of a job that nobody gets twice while it is looked at.
LONG_LEASE_MS = 600_000
#: What a worker has to say of a job that it took, it has said by then.
LOGGED_SECONDS = 15
#: A request of a worker's may be heard so long after the worker was killed.
HEARD_SECONDS = 10
#: How often its loss is looked at, once it was seen.
LOOKS = 9
VIOLATION = "WORKER_HEARTBEAT_LOST"


@pytest.mark.claim("coreos.expired-lease-reclaimed")
def test_a_lapsed_job_goes_to_the_next_who_polls(claim: ClaimHandle, drill: Deployment) -> None:
    """A worker process dies in a job; another, that polls on, has it in time and completes it."""
    lease, poll = (claim[name].total_seconds() for name in ("lease", "poll"))
    pace = drill.settings(POLL_INTERVAL_SECONDS=poll)
    api = drill.api()
    tap = drill.tap(api)
    tap.answer(200, {"job": None}, path=api.access.path(CLAIM))
    second = drill.worker(tap.url, "w2", pace.env)
    until(tap.exchanges, bool, SOON_SECONDS)
    job = api.add(leaseDurationMs=int(lease * 1000))

    killed = _killed_in(drill, api, job)
    tap.forward()
    due = killed + lease + poll
    patience = due - time.time() + SOON_SECONDS
    handed = until(lambda: _of_job(tap, api, job, Kind.CLAIM), bool, patience)
    done = api.wait_for(job, "COMPLETED", SOON_SECONDS)
    results = _of_job(tap, api, job, Kind.COMPLETE)

    assert handed, f"{second.id} never got the job: {done}"
    asked, taken = handed[0]
    assert taken.token == 2
    claim.expect(late=max(0.0, asked - due))
    assert (done["status"], done["workerId"]) == ("COMPLETED", second.id)
    spent = ((results[0][1].returned_ns or 0) - taken.invoked_ns) / 1e9
    in_time = spent < lease
    claim.require(done["attempts"] == 2 or in_time, f"it took {second.id} {spent:.1f} s to be done")
    assert done["attempts"] == 2


@pytest.mark.waits(20)
@pytest.mark.claim("coreos.lapsed-leases-recovered")
@pytest.mark.parametrize("cause", ["killed", "cut off", "frozen"])
def test_a_lease_that_lapsed_is_listed_and_claimed_again(
    claim: ClaimHandle, drill: Deployment, cause: str
) -> None:
    """Whatever took the worker out, its job is seen and comes back."""
    api = drill.api()
    tap = drill.tap(api)
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2, HEARTBEAT_INTERVAL_SECONDS=0.5)
    worker = drill.worker(tap.url, "w1", pace.env)
    job = api.add(jobType="__test.hang", payload={"hangSec": 30}, leaseDurationMs=LEASE_MS)
    held = until(lambda: api.job(job), _is_held, SOON_SECONDS)
    claim.require(_is_held(held), f"the worker never had the job: {held}")

    {"killed": worker.process.kill, "cut off": tap.blackhole, "frozen": worker.process.freeze}[
        cause
    ]()
    listing = first_listed(api, job, time.monotonic() + LEASE_MS / 1000 + SOON_SECONDS)
    attempts = api.job(job)["attempts"]
    again = claimed_of(WireWorker(api, "w2").claim())

    claim.require(attempts == 1, f"its lease had lapsed before: it was attempt {attempts}")
    assert listing is not None, f"never listed as stuck after it was {cause}"
    assert again is not None, f"not handed out again after the worker was {cause}"
    assert again.job == job
    claim.expect(attempt=again.attempts)


@pytest.mark.claim("coreos.worker-log-names-stuck-job")
def test_the_log_s_end_names_the_stuck_job(claim: ClaimHandle, drill: Deployment) -> None:
    """Whoever reads the tail of a dead worker's log knows what it held."""
    api = drill.api()
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2)
    worker = drill.worker(api.url, "w1", pace.env)
    job = api.add(jobType="__test.hang", payload={"hangSec": 30}, leaseDurationMs=LEASE_MS)
    held = until(lambda: api.job(job), _is_held, SOON_SECONDS)

    until(lambda: job in worker.process.output(), bool, LOGGED_SECONDS)
    worker.process.kill()
    listing = first_listed(api, job, time.monotonic() + LEASE_MS / 1000 + SOON_SECONDS)

    claim.require(_is_held(held), f"the worker never had the job: {held}")
    claim.require(listing, "the job was never stuck")
    assert [line for line in worker.process.lines()[-claim["lines"] :] if job in line]


@pytest.mark.claim("coreos.crashed-worker-restarts")
def test_a_crashed_worker_comes_back_under_its_id(claim: ClaimHandle, drill: Deployment) -> None:
    """Its own ghost does not keep it out for longer than the hold."""
    hold = drill.settings(WORKER_ID_HOLD_SECONDS=2)
    pace = drill.settings(POLL_INTERVAL_SECONDS=1)
    api = drill.api(hold.env)
    job = api.add(jobType="__test.hang", payload={"hangSec": 30}, leaseDurationMs=LONG_LEASE_MS)
    worker = drill.worker(api.url, "w1", pace.env)
    held = until(lambda: api.job(job), _is_held, SOON_SECONDS)

    worker.process.kill()
    over = time.time() + hold["WORKER_ID_HOLD_SECONDS"]
    fresh = api.add()
    tap = drill.tap(api)
    drill.worker(tap.url, "w1", pace.env)
    patience = hold["WORKER_ID_HOLD_SECONDS"] + claim["polls"] * pace["POLL_INTERVAL_SECONDS"]
    end = api.wait_for(fresh, "COMPLETED", patience + SOON_SECONDS)
    before = list(takewhile(lambda poll: poll[1].job != fresh, _polls(tap, api)))

    claim.require(_is_held(held), f"the worker never had the job: {held}")
    assert end["status"] == "COMPLETED", f"after {len(before)} polls: {end}"
    assert end["workerId"] == worker.id
    assert [poll.job for _, poll in before if poll.job] == [], "it was handed its ghost's job"
    in_vain = [sent for sent, _ in before if sent >= over]
    assert len(in_vain) < claim["polls"], f"{len(in_vain)} polls after the hold were in vain"


@pytest.mark.claim("coreos.active-workers-visible")
def test_it_shows_whether_a_worker_runs(claim: ClaimHandle, drill: Deployment) -> None:
    """An idle one is there, a dead one is not, and its loss stays an alarm."""
    lost = drill.settings(HEARTBEAT_LOST_SECONDS=3)
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.3)
    api = drill.api(lost.env)
    worker = drill.worker(api.url, "w-idle", pace.env)
    seen = until(lambda: api.summary()["activeWorkers"], bool, SOON_SECONDS)

    worker.process.kill()
    pause_until(time.monotonic() + lost["HEARTBEAT_LOST_SECONDS"])
    looks = [until(lambda: _loss(api), lambda look: look == ([], True), HEARD_SECONDS)]
    while len(looks) < LOOKS:
        time.sleep(0.5)
        looks.append(_loss(api))

    claim.require(not worker.process.is_running, "the worker was not killed")
    assert seen == [worker.id]
    assert [look for look in looks if look != ([], True)] == []


def _killed_in(drill: Deployment, api: Api, job: str) -> float:
    """A worker that takes the job and is killed before its result is heard; when, in seconds since 1970."""
    tap = drill.tap(api)
    tap.blackhole(path=api.access.path(RESULT))
    worker = drill.worker(tap.url, "w1", drill.settings(POLL_INTERVAL_SECONDS=0.1).env)
    held = until(lambda: api.job(job), _is_held, SOON_SECONDS, every_seconds=0.01)
    worker.process.kill()
    return _require_held(held)


def _loss(api: Api) -> tuple[object, bool]:
    """Who is active, and whether the loss of all is told."""
    summary = api.summary()
    return summary["activeWorkers"], VIOLATION in [v["type"] for v in summary["violations"]]


def _is_held(job: dict[str, object]) -> bool:
    return job["status"] == "PROCESSING"


def _require_held(job: dict[str, object]) -> float:
    """The present instant, if the job is held."""
    if not _is_held(job):
        raise NoVerdict(f"the worker never had the job: {job}")
    return time.time()


def _polls(tap: Tap, api: Api) -> list[tuple[float, Event]]:
    """When the claims that passed a tap were sent, and what came of them."""
    return _heard(tap, api, Kind.CLAIM)


def _of_job(tap: Tap, api: Api, job: str, kind: Kind) -> list[tuple[float, Event]]:
    """What passed a tap of a job."""
    return [(sent, event) for sent, event in _heard(tap, api, kind) if event.job == job]


def _heard(tap: Tap, api: Api, kind: Kind) -> list[tuple[float, Event]]:
    """What passed a tap of a kind, with the instants at which it was sent."""
    return [
        (sent_seconds(exchange, api.access), event)
        for exchange in tap.exchanges()
        for event in overheard([exchange], api.access)
        if event.kind is kind
    ]
