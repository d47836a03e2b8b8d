"""Who lost its lease has lost the job: nothing that it says later changes anything."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import HEARTBEAT
from checks.coreos.adapter_worker import WireWorker, claimed_of
from checks.coreos.fake_api import FakeApi
from checks.coreos.known_answers import vectors
from checks.coreos.tickets import signature
from proofbook import NoVerdict
from proofbook.instruments.at_once import at_once
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_worker import Claimed
    from proofbook import ClaimHandle

LEASE_MS = 1000
#: A lease that has run out is claimable long before this.
SOON_SECONDS = 15
#: So much longer a job lasts than until its heartbeat is refused: the refusal may be slow in coming.
REFUSED_SECONDS = 10
#: So often a holder tries to be done before its lease is over: on a slow machine its calls may take longer.
TRIES = 4


@pytest.mark.claim("coreos.lost-lease-changes-nothing")
def test_who_lost_its_lease_changes_nothing(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Neither a worker of requests nor a worker process, neither late nor at the same instant."""
    lost = LostLease(deployment)
    first, second = WireWorker(api, "w1"), WireWorker(api, "w2")
    api.add(leaseDurationMs=LEASE_MS, maxAttempts=2 + TRIES)
    held = first.take()
    late = _said_late(api, first, _lapsed(api, held))
    again = _taken_over(second, held)
    late += _said_late(api, first, held)
    guessed = _said_late(api, first, replace(held, attempts=again.attempts))
    guessed += _said_late(api, second, replace(again, attempts=again.attempts + 1))
    numbers = [held.attempts, again.attempts]
    for _ in range(TRIES):
        lost_too = _lapsed(api, again)
        asked = time.monotonic()
        again = _taken_over(second, lost_too)
        numbers.append(again.attempts)
        late += _said_late(api, second, lost_too)
        done = second.succeed(again)
        seconds = time.monotonic() - asked
        if done.status == 200 or seconds < LEASE_MS / 1000:
            break

    attempts = list(range(1, len(numbers) + 1))
    claim.require(numbers == attempts, f"it was handed out as attempts {numbers}")
    for reply in late:
        claim.expect(status=reply.status)
        assert reply.code == "STALE_LEASE"
    believed = [reply for reply in guessed if reply.is_done]
    assert believed == [], (
        "the attempt that another holds, or that nobody does, was taken for one's own"
    )
    in_time = seconds < LEASE_MS / 1000
    claim.require(
        done.status == 200 or in_time, f"the last of {TRIES} holders took {seconds:.1f} s"
    )
    assert (done.status, done.body.get("status")) == (200, "COMPLETED")
    rounds = range(claim["rounds"])
    assert [wrong for _ in rounds if (wrong := _heartbeat_against_result(api))] == []
    assert [wrong for _ in rounds if (wrong := _suspend_against_claim(api))] == []
    lost.judge(claim)


@pytest.mark.claim("coreos.claim-conflicts-counted")
def test_claim_conflicts_are_counted(claim: ClaimHandle, api: Api) -> None:
    """Each refusal of somebody who is not the holder shows in the summary."""
    before = api.counted("claim_conflict")
    first, _, held, _ = _reclaimed(api)

    refused = [
        first.heartbeat(held),
        first.succeed(held),
        WireWorker(api, first.id, instance="another").claim(),
    ]

    claim.require(
        [reply.status for reply in refused] == [409] * claim["conflicts"],
        f"not each was refused: {refused}",
    )
    claim.expect(conflicts=api.counted("claim_conflict") - before)


class LostLease:
    """A worker process whose heartbeat is refused: it has nothing to report any more."""

    def __init__(self, deployment: Deployment) -> None:
        self._access = deployment.access
        pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2, HEARTBEAT_INTERVAL_SECONDS=0.5)
        self._interval = pace["HEARTBEAT_INTERVAL_SECONDS"]
        seconds = 2 * self._interval + REFUSED_SECONDS
        self._patience = seconds + 2 * self._interval + SOON_SECONDS
        self._fake = FakeApi(deployment.access, [_long_job(seconds)])
        self._refused = 0
        server = deployment.fake_api(self._answer)
        public = vectors("keys")["JOB_TICKET_PUBLIC_KEY"]
        deployment.worker(server.url, "w-lost", {**pace.env, "JOB_TICKET_PUBLIC_KEY": public})

    def judge(self, claim: ClaimHandle) -> None:
        """It posted nothing for the job, and asked for the next."""
        until(lambda: self._fake.is_through, bool, self._patience)
        assert self._fake.outcomes() == ["nothing"]
        claim.require(self._refused, "the worker sent no heartbeat that could be refused")
        claim.require(self._fake.is_through, "the worker never came back for another job")

    def _answer(self, request: Any) -> tuple[int, Any]:
        if request.path == self._access.path(HEARTBEAT):
            self._refused += 1
            return 409, {"error": "Stale lease", "code": "STALE_LEASE"}
        return self._fake(request)


def _reclaimed(api: Api) -> tuple[WireWorker, WireWorker, Claimed, Claimed]:
    """Two workers, and a job as the first held it and as the second holds it now."""
    first, second = WireWorker(api, "w1"), WireWorker(api, "w2")
    api.add(leaseDurationMs=LEASE_MS)
    held = first.take()
    return first, second, held, _taken_over(second, held)


def _taken_over(worker: WireWorker, held: Claimed) -> Claimed:
    """A job as whoever claims it after its lease holds it."""
    again = until(lambda: claimed_of(worker.claim()), bool, SOON_SECONDS)
    if again is None or again.job != held.job:
        raise NoVerdict(f"the lapsed lease of {held.job} was not handed out again")
    return again


def _lapsed(api: Api, held: Claimed) -> Claimed:
    """A job in hand, once the API says that its lease is over."""
    if not until(lambda: held.job in {row["jobId"] for row in api.stuck()}, bool, SOON_SECONDS):
        raise NoVerdict(f"the lease of {held.job} was never said to be over")
    return held


def _said_late(api: Api, worker: WireWorker, held: Claimed) -> list[Reply]:
    """What a worker hears that lost its lease and does not know it; none of it moves the job."""
    before = api.job(held.job)
    replies = [worker.heartbeat(held), worker.succeed(held)]
    assert api.job(held.job) == before, f"{worker.id} changed what was not its own: {replies}"
    return replies


def _heartbeat_against_result(api: Api) -> str | None:
    """Race a heartbeat with the result; what is wrong with the job afterwards."""
    api.add()
    worker = WireWorker(api, "w-races")
    held = worker.take()
    beat, done = at_once(lambda: worker.heartbeat(held), lambda: worker.succeed(held))
    if done.status != 200:
        return f"the result was refused: {done!r}"
    after = api.job(held.job)
    if after["status"] == "COMPLETED" and after["leaseUntil"] is None:
        return None
    return f"{after} after {beat!r} and {done!r}"


def _suspend_against_claim(api: Api) -> str | None:
    """Race a suspension with a claim; what is wrong if both had their way."""
    job = api.add()
    worker = WireWorker(api, "w-races")
    suspended, reply = at_once(lambda: api.change(job, "suspend"), worker.claim)
    held = claimed_of(reply)
    status = api.status(job)
    if held is not None:
        worker.succeed(held)
    if (held is None) == (suspended.status == 200):
        return None
    return f"{status} after {suspended!r} and {reply!r}"


def _long_job(seconds: float) -> tuple[dict[str, Any], str]:
    """A job that hangs, as the vectors' key signs it."""
    payload = f'{{"hangSec":{seconds:g}}}'
    ticket = {
        **vectors("worker_tickets")["ticket"],
        "jobType": "__test.hang",
        "payloadHash": hashlib.sha256(payload.encode()).hexdigest(),
    }
    private = vectors("keys")["ATTESTATION_PRIVATE_KEY"]
    return {**ticket, "signature": signature(ticket, private)}, payload
