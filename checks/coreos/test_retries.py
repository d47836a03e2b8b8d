"""How often a job is tried, how long it waits in between, and what comes after the last try."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_worker import WireWorker, claimed_of
from checks.coreos.known_answers import vectors
from proofbook import NoVerdict
from proofbook.instruments.waiting import pause_until, until

if TYPE_CHECKING:
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_worker import Claimed
    from proofbook import ClaimHandle

#: Beyond a job's back-off: it is handed out long before this.
SOON_SECONDS = 15
#: Attempts whose back-off is waited for.
ATTEMPTS = 3


@pytest.mark.claim("coreos.retries-bounded")
@pytest.mark.parametrize("asks", [True, False], ids=["asked", "default"])
def test_a_job_is_tried_as_often_as_it_may_be(
    claim: ClaimHandle, deployment: Deployment, *, asks: bool
) -> None:
    """Not once more, not once less; dead is dead."""
    delay = deployment.settings(RETRY_MAX_DELAY_MS=300)
    patience = delay["RETRY_MAX_DELAY_MS"] / 1000
    api = deployment.api(delay.env)
    worker = WireWorker(api, "w1")
    most = claim["attempts"]
    job = api.add(**({"maxAttempts": most} if asks else {}))

    tries: list[tuple[object, ...]] = []
    while (held := _taken(worker, patience)) is not None and len(tries) <= most:
        reply = worker.fail(held)
        tries.append((held.job, held.attempts, reply.body.get("status"), api.status(job)))
        if api.status(job) == "DEAD":
            patience = 2 * delay["RETRY_MAX_DELAY_MS"] / 1000 - SOON_SECONDS + 1

    claim.require(tries, "the job was never handed out")
    others = {handed[0] for handed in tries} - {job}
    claim.require(not others, f"other jobs were in the queue: {others}")
    holder = api.job(job).get("workerId")
    claim.require(holder in {worker.id, None}, f"{holder}, who is none of ours, took the job")
    waits = ("FAILED_RETRYABLE", "FAILED_RETRYABLE")
    assert tries == [
        (job, number, *(waits if number < most else ("DEAD", "DEAD")))
        for number in range(1, most + 1)
    ]
    claim.expect(attempts=api.job(job)["attempts"])


@pytest.mark.waits(32)
@pytest.mark.claim("coreos.retries-back-off")
@pytest.mark.parametrize("lowered", [False, True], ids=["default", "lowered"])
def test_a_failed_job_waits_longer_each_time(
    claim: ClaimHandle, deployment: Deployment, *, lowered: bool
) -> None:
    """The wait is the formula's, up to the limit, whatever the limit is set to."""
    jitter, most = (int(claim[name].total_seconds() * 1000) for name in ("jitter", "most"))
    limit = deployment.settings(RETRY_MAX_DELAY_MS=2500) if lowered else None
    api = deployment.api(limit.env if limit else None)
    longest = int(limit["RETRY_MAX_DELAY_MS"]) if limit else most
    worker = WireWorker(api, "w1")
    job = api.add(maxAttempts=ATTEMPTS + 1)

    waits: list[int] = []
    early: Claimed | None = None
    for number in range(1, ATTEMPTS + 1):
        held = early or _taken(worker, longest / 1000)
        if held is None or (held.job, held.attempts) != (job, number):
            raise NoVerdict(f"{job} was not handed out as attempt {number}, but {held}")
        failed = time.monotonic()
        reply = worker.fail(held)
        seen = api.job(job)
        if seen["status"] != "FAILED_RETRYABLE":
            raise NoVerdict(f"{job} did not fail at attempt {number}: {reply!r}, then {seen}")
        waits.append(seen["nextRunAt"] - seen["lastError"]["at"])
        due = failed + waits[-1] / 1000
        pause_until(due - 0.3)
        early = claimed_of(worker.claim()) if time.monotonic() < due else None
        left = due - time.monotonic()
        assert early is None or left < 0, f"handed out {left:.2f} s before its wait was over"

    claim.require(_formula_holds(jitter, most), "this check's formula misses the vectors")
    assert waits == [_backoff(job, n, jitter, longest) for n in range(1, ATTEMPTS + 1)]


def _taken(worker: WireWorker, delay_seconds: float) -> Claimed | None:
    """The next job handed out, if one is within a delay and some."""
    return until(lambda: claimed_of(worker.claim()), bool, delay_seconds + SOON_SECONDS)


def _backoff(job: str, attempt: int, jitter: int, longest: int) -> int:
    """The wait in ms after a failure at an attempt."""
    spread = int.from_bytes(hashlib.sha256(f"{job}:{attempt}".encode()).digest()[:2]) % jitter
    return int(min(min(2**attempt, longest / 1000) * 1000 + spread, longest))


def _formula_holds(jitter: int, most: int) -> bool:
    return all(
        _backoff(case["jobId"], case["attempt"], jitter, most) == case["delayMs"]
        for case in vectors("backoff")
    )
