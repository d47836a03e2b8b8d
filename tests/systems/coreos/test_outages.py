"""The store stopped, killed, frozen: refusals in time, truth on the health page, recovery without a restart."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.systems.deployment import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from proofbook.stack import Stack
    from tests.systems.deployment import CoreOs

TIMEOUT_MS = 3000
#: What a busy machine may add to it: less than two more waits of that length.
LATE_MS = 5000
GONE = {"error": "Store unavailable", "code": "STORE_UNAVAILABLE"}
ORDER = {"jobType": "scheduler.tick", "payload": {}, "policyDecisionId": "p"}
pytestmark = pytest.mark.slow


@pytest.fixture
def alone(stand_ins: Stack) -> Iterator[CoreOs]:
    """An API whose PostgreSQL is its own."""
    with stand_ins.twin("coreos", own_services=True) as twin:
        coreos = start(twin, STORE_TIMEOUT_MS=str(TIMEOUT_MS))
        with coreos.client:
            coreos.enqueue()
            yield coreos


def timed(call: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    """How long a call took, in seconds, and its answer."""
    began = time.monotonic()
    answer = call()
    return time.monotonic() - began, answer


def health(coreos: CoreOs) -> httpx.Response:
    """The health page."""
    return coreos.get("/api/worker/health", who="")


def enqueue(coreos: CoreOs) -> httpx.Response:
    """A new job."""
    return coreos.post("/api/jobs/enqueue", ORDER)


def assert_gone(coreos: CoreOs) -> None:
    """Health says it in time, and so does whatever needs the store; refusals that need none go on."""
    took, page = timed(lambda: health(coreos))
    assert took < (TIMEOUT_MS + LATE_MS) / 1000
    assert (page.status_code, page.json()["status"], page.json()["warnings"]) == (
        503,
        "down",
        ["Store unreachable"],
    )
    took, answer = timed(lambda: enqueue(coreos))
    assert took < (TIMEOUT_MS + LATE_MS) / 1000
    assert (answer.status_code, answer.json()) == (503, GONE)
    assert coreos.post("/api/jobs/enqueue", ORDER, who="").status_code == 401
    assert coreos.raw("/api/jobs/enqueue", b"{").status_code == 400
    took, answer = timed(lambda: coreos.signed("/api/jobs/claim", {"workerId": "w"}, secret="x"))
    assert answer.json()["code"] == "INVALID_SIGNATURE"
    assert took < (TIMEOUT_MS + LATE_MS) / 1000


def assert_back(coreos: CoreOs, within_seconds: float = 60) -> None:
    """Health is well again, and jobs are taken."""
    deadline = time.monotonic() + within_seconds
    while True:
        codes = (health(coreos).status_code, enqueue(coreos).status_code)
        if codes == (200, 201):
            return
        assert time.monotonic() < deadline, codes
        time.sleep(0.1)


def test_a_stopped_store(alone: CoreOs) -> None:
    """It is told while it is away, and nothing needs a restart when it is back."""
    store = alone.twin.store()
    store.stop()
    assert_gone(alone)

    store.start()

    assert_back(alone)
    assert "Traceback" not in alone.process.output()


def test_a_frozen_store(alone: CoreOs) -> None:
    """It accepts and never answers: every call is answered all the same, also when the pool is used up."""
    store = alone.twin.store()
    store.freeze()
    try:
        assert_gone(alone)
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: timed(lambda: enqueue(alone)), range(20)))
        assert [answer.status_code for _, answer in answers] == [503] * 20
        assert max(took for took, _ in answers) < (TIMEOUT_MS + LATE_MS) / 1000
        assert_gone(alone)
    finally:
        store.thaw()

    assert_back(alone)


def test_killed_connections(alone: CoreOs) -> None:
    """Idle ones are replaced before anybody notices."""
    for _ in range(3):
        _kill_connections(alone)
        assert enqueue(alone).status_code == 201
        assert health(alone).status_code == 200


def test_a_lock_that_is_held_too_long(alone: CoreOs) -> None:
    """Whoever waits for it is answered in time; when it is let go, all is well."""
    with psycopg.connect(alone.twin.resolve("{store.url}")) as blocker:
        blocker.execute("LOCK TABLE job_queue IN ACCESS EXCLUSIVE MODE")

        took, answer = timed(lambda: enqueue(alone))

        assert (answer.status_code, answer.json()) == (503, GONE)
        assert took < (TIMEOUT_MS + LATE_MS) / 1000
    assert_back(alone)


def test_a_killed_api_forgets_nothing(starter: Any) -> None:
    """Counters and jobs are in the store, and nowhere else."""
    first = starter()
    job_id = first.enqueue()
    job = first.take()
    before = first.get("/api/ops/metrics/summary").json()
    first.process.kill()
    assert first.process.wait(60) is not None

    second = starter()

    assert second.get("/api/ops/metrics/summary").json()["counters"] == before["counters"]
    assert second.finish(job).json()["status"] == "COMPLETED"
    assert second.show(job_id)["status"] == "COMPLETED"


def _kill_connections(coreos: CoreOs) -> None:
    """End every session but this one, and wait until the server is done with it."""
    coreos.sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
