"""The worker's line: how many run, how many wait, who is turned away, and what time ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.systems.jobsources.forks import until

if TYPE_CHECKING:
    from tests.systems.jobsources.workers import Bench


def test_so_many_run_and_so_many_wait(bench: Bench) -> None:
    """Beyond that nobody is taken, whoever comes together with whom; drained, it is as it was."""
    worker = bench.worker(WORKER_MAX_CONCURRENT_TASKS="2", WORKER_MAX_QUEUE_SIZE="3")
    for _ in range(2):
        bench.site.is_open.clear()
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: worker.post().status_code, range(8)))
        assert sorted(statuses) == [202] * 5 + [429] * 3
        until(lambda: bench.site.held == 2)
        assert worker.load() == (2, 3)
        assert worker.numbers()["maxQueueSize"] == 3
        bench.site.is_open.set()
        until(worker.is_idle)
    assert len(bench.callbacks()) == 10


def test_a_full_line_says_so_and_forgets(bench: Bench) -> None:
    """The same task is taken once there is room."""
    worker = bench.worker(WORKER_MAX_QUEUE_SIZE="1")
    bench.site.is_open.clear()
    for _ in range(2):
        assert worker.post().status_code == 202
    run = str(uuid4())

    refused = worker.post(sourceRunId=run)

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "5"
    told = refused.json()
    assert (told["ok"], told["status"], told["reason"]) == (False, "rejected", "Queue is full")
    assert (told["queue"]["active"], told["queue"]["queued"]) == (1, 1)
    bench.site.is_open.set()
    until(worker.is_idle)
    assert worker.post(sourceRunId=run).json()["status"] == "accepted"
    until(lambda: run in [each.body["sourceRunId"] for each in bench.callbacks()])


def test_time_ends_a_task(bench: Bench) -> None:
    """It is reported, its request is given up, and the next one starts."""
    worker = bench.worker(WORKER_TASK_TIMEOUT_MS="1000")
    bench.site.is_open.clear()
    for _ in range(2):
        assert worker.post(taskTimeoutMs=600_000).status_code == 202

    until(lambda: len(bench.callbacks()) == 2)

    for each in bench.callbacks():
        assert each.body["error"] == "[timeout] Task timed out after 1000ms"
        assert each.body["failureCode"] == "SCRAPE_DETAIL_TIMEOUT"
    # One that waited for its turn on a busy machine may have had no time to ask.
    until(lambda: not bench.site.held and bench.site.left == len(bench.site.asked) > 0)


def test_a_task_may_have_less_time(bench: Bench) -> None:
    """Than the worker gives."""
    bench.site.is_open.clear()

    body = bench.worker().run(taskTimeoutMs=1000).body

    assert body["error"] == "[timeout] Task timed out after 1000ms"


def test_first_come_first_served(bench: Bench) -> None:
    """In the order of their coming."""
    worker = bench.worker()
    bench.site.is_open.clear()
    for n in range(5):
        assert worker.post(runId=f"run-{n}").status_code == 202
    bench.site.is_open.set()

    until(lambda: len(bench.callbacks()) == 5)

    assert [each.body["runId"] for each in bench.callbacks()] == [f"run-{n}" for n in range(5)]
