"""Looks at runs that are begun, retried and ended."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.systems.jobsources.apis import RUNS, answering, offer
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.looks import Look, reason

if TYPE_CHECKING:
    from tests.systems.jobsources.apis import Api
    from tests.systems.jobsources.looks import See


#: A race may be missed, on a busy machine many times; of what is sound each round is won.
ROUNDS = 40


def listed(api: Api) -> list[dict[str, Any]]:
    """The runs of a user."""
    return list(api.get(RUNS).json()["data"]["items"])


def is_full_fatal(api: Api) -> bool:
    """A worker without room fails the run."""
    api.apis.sink.respond = answering(429)
    return api.scrape().status_code == 503 and listed(api)[0]["status"] == "FAILED"


def is_hammered(api: Api) -> bool:
    """A worker without room is asked again at once."""
    api.apis.sink.respond = answering(429)
    began = time.monotonic()
    assert api.scrape().status_code == 201
    until(lambda: len(api.apis.sink.asked) > 3)
    return time.monotonic() - began < 5


def is_warning_missing(api: Api) -> bool:
    """Nobody is told that the run waits."""
    api.apis.sink.respond = answering(429)
    return "warning" not in api.scrape().json()["data"]


def retried(api: Api) -> tuple[str, dict[str, Any]]:
    """A failed run, and what its retry was answered."""
    run_id = api.failed()
    answer = api.retry(run_id)
    assert answer.status_code == 201, answer.text
    return run_id, dict(answer.json()["data"])


def is_undelivered(api: Api) -> bool:
    """The worker never hears of a retry."""
    _, told = retried(api)
    ids = {asked.body["payload"]["sourceRunId"] for asked in api.apis.sink.asked}
    return told["sourceRunId"] not in ids


def is_flipped(api: Api) -> bool:
    """The retry is the run itself."""
    run_id, told = retried(api)
    return bool(told["sourceRunId"] == run_id)


def is_unlinked(api: Api) -> bool:
    """A retry does not know what it retries."""
    _, told = retried(api)
    return api.run(told["sourceRunId"])["retryOfRunId"] is None


def is_child_lost(api: Api) -> bool:
    """A retry that the worker refused does not know what it retries."""
    run_id = api.failed()
    api.apis.sink.respond = answering(500)
    assert api.retry(run_id).status_code == 503
    return listed(api)[0]["retryOfRunId"] is None


def is_touched(api: Api) -> bool:
    """A run that was retried is not what it was."""
    run_id = api.failed()
    before = api.run(run_id)
    assert api.retry(run_id).status_code == 201
    return api.run(run_id) != before


def is_retried_elsewhere(api: Api) -> bool:
    """Another process retries the same run."""
    run_id = api.failed()
    assert [api.retry(run_id).status_code for _ in range(2)] == [201, 409]
    again = api.apis.start(api.fault, SEED_USERS="")
    return again.retry(run_id).status_code == 201


def is_endless(api: Api) -> bool:
    """A retry of a retry of a retry."""
    run_id, answer = api.failed(), None
    for _ in range(2):
        answer = api.retry(run_id)
        assert answer.status_code in (201, 400)
        if answer.status_code == 201:
            run_id = answer.json()["data"]["sourceRunId"]
            assert reason(api.complete(run_id, status="FAILED", error="x")) == ""
    return answer is not None and answer.status_code == 201


def is_reopened(api: Api) -> bool:
    """A heartbeat brings a finished run back."""
    run_id = api.failed()
    api.beat(run_id)
    return api.status(run_id) == "RUNNING"


def is_race_reopened(call: str, *more: object) -> See:
    """A heartbeat, or a batch, that came in just before the end outlives it."""

    def see(api: Api) -> bool:
        for _ in range(ROUNDS):
            run_id = api.begin()
            with ThreadPoolExecutor(2) as pool:
                pool.submit(getattr(api, call), run_id, *more)
                time.sleep(0.01)
                pool.submit(api.complete, run_id)
            if api.status(run_id) != "COMPLETED":
                return True
        return False

    return see


def is_ended_twice(api: Api) -> bool:
    """Both of two contrary ends are applied."""
    for _ in range(ROUNDS):
        run_id = api.begin()
        with ThreadPoolExecutor(2) as pool:
            well = pool.submit(api.complete, run_id)
            ill = pool.submit(api.complete, run_id, status="FAILED", error="x")
        if [reason(well.result()), reason(ill.result())] == ["", ""]:
            return True
    return False


def is_stale_alive(api: Api) -> bool:
    """A run of which nothing was heard for an hour goes on."""
    run_id = api.begin()
    api.apis.sql("UPDATE job_source_runs SET started_at = started_at - interval '61 minutes'")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if api.status(run_id) == "FAILED":
            return False
        time.sleep(0.05)
    return True


#: Three times that is longer than what looks for a worker that is asked at once.
FULL_OFTEN = {"WORKER_DISPATCH_RETRY_INTERVAL_MS": "2000"}


NEVER = {"SCRAPE_STALE_SWEEP_SEC": "1"}


#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "full-worker-fails-run": Look(is_full_fatal),
    "full-worker-hammered": Look(is_hammered, FULL_OFTEN),
    "full-worker-unsaid": Look(is_warning_missing),
    "retry-not-dispatched": Look(is_undelivered),
    "retry-without-token": Look(lambda api: api.retry(api.failed(), "").status_code == 201),
    "runs-are-everybodys": Look(lambda api: api.retry(api.failed(), "b").status_code == 201),
    "retry-of-anything": Look(lambda api: api.retry(api.begin()).status_code == 201),
    "retry-flips-run": Look(is_flipped),
    "retry-unlinked": Look(is_unlinked),
    "retry-linked-after-dispatch": Look(is_child_lost),
    "retry-touches-original": Look(is_touched),
    "retried-once-a-process": Look(is_retried_elsewhere),
    "retries-without-end": Look(is_endless, {"SCRAPE_MAX_RETRY_CHAIN_DEPTH": "1"}),
    "ids-unjudged": Look(lambda api: api.retry("x").status_code == 500),
    "heartbeats-ignored": Look(
        lambda api: api.beat(api.begin()).json()["data"]["heartbeatAt"] is None
    ),
    "heartbeat-reopens-run": Look(is_reopened),
    "heartbeat-read-then-written": Look(is_race_reopened("beat")),
    "batch-reopens-run": Look(is_race_reopened("ingest", offer(1))),
    "ended-twice": Look(is_ended_twice),
    "stale-runs-unseen": Look(is_stale_alive, NEVER),
}
