"""Leases: what runs is not started again, and what nobody runs any more can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from proofbook.instruments.tcp_proxy import TcpProxy
from tests.systems.jobsources.forks import until

if TYPE_CHECKING:
    from proofbook.stack import Twin
    from tests.systems.jobsources.workers import Bench


@pytest.fixture
def dsn(store: Twin) -> str:
    """Where the leases are."""
    return store.resolve("{store.url}")


def rows(dsn: str, run: str) -> list[dict[str, Any]]:
    """A run's lease."""
    query = "SELECT * FROM worker_task_executions WHERE source_run_id = %s"
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        return connection.execute(query, [run]).fetchall()


def in_seconds(seconds: float) -> str:
    """An instant, as a task says it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_what_runs_is_not_started_again(bench: Bench, dsn: str) -> None:
    """By no worker; once it is over, it can be run anew."""
    first, second = (bench.worker(DATABASE_URL=dsn) for _ in range(2))
    assert first.client.get("/health").json()["database"] == "up"
    bench.site.is_open.clear()
    run = str(uuid4())
    assert first.post(sourceRunId=run, taskId=run).json()["status"] == "accepted"
    until(lambda: rows(dsn, run)[0]["status"] == "started")

    again = [worker.post(sourceRunId=run.upper(), taskId=run) for worker in (first, second)]

    for each in again:
        told = each.json()
        assert each.status_code == 202
        assert (told["ok"], told["status"]) == (True, "duplicate")
        assert (told["reason"], told["activeTaskId"]) == ("active-task-execution", run)
        left = datetime.fromisoformat(told["leaseExpiresAt"]) - datetime.now(UTC)
        assert timedelta(seconds=200) < left <= timedelta(seconds=240)
    assert (first.load(), second.load()) == ((1, 0), (0, 0))
    bench.site.is_open.set()
    until(first.is_idle)
    [row] = rows(dsn, run)
    assert (row["status"], row["lease_expires_at"]) == ("completed", None)
    assert len(bench.site.to("/praca/python;kw")) == 1
    assert second.post(sourceRunId=run).json()["status"] == "accepted"


def test_a_lease_ends_with_its_worker(bench: Bench, dsn: str) -> None:
    """At the instant that the task names, or a little after its last heartbeat."""
    worker = bench.worker(DATABASE_URL=dsn, WORKER_HEARTBEAT_INTERVAL_MS="4000")
    bench.site.is_open.clear()
    run = str(uuid4())
    assert worker.post(sourceRunId=run, leaseExpiresAt=in_seconds(0.2)).status_code == 202
    until(lambda: bench.site.held)
    other = bench.worker(DATABASE_URL=dsn)
    assert other.post(sourceRunId=run).json()["status"] == "duplicate"

    worker.end()

    until(lambda: other.post(sourceRunId=run).json()["status"] == "accepted")


def test_a_task_that_was_taken_over_is_left_alone(bench: Bench, dsn: str) -> None:
    """Its lease ran out while it waited, and another worker has it."""
    worker, other = (bench.worker(DATABASE_URL=dsn) for _ in range(2))
    bench.site.is_open.clear()
    run = str(uuid4())
    assert worker.post().status_code == 202
    assert worker.post(sourceRunId=run, leaseExpiresAt=in_seconds(-1)).status_code == 202
    assert other.post(sourceRunId=run).json()["status"] == "accepted"

    bench.site.is_open.set()
    until(lambda: worker.is_idle() and other.is_idle())

    assert [each.body["sourceRunId"] for each in bench.callbacks()].count(run) == 1


def test_a_name_is_one_task_s(bench: Bench, dsn: str) -> None:
    """While it is held; after that another run may go by it."""
    worker = bench.worker(DATABASE_URL=dsn)
    bench.site.is_open.clear()
    name = str(uuid4())
    assert worker.post(taskId=name).json()["status"] == "accepted"

    held = worker.post(taskId=name).json()
    assert (held["status"], held["activeTaskId"]) == ("duplicate", name)
    bench.site.is_open.set()
    until(worker.is_idle)

    assert worker.post(taskId=name).json()["status"] == "accepted"


def test_how_a_run_ended_is_written_down(bench: Bench, dsn: str) -> None:
    """As failed, or as over its time."""
    worker = bench.worker(DATABASE_URL=dsn)
    failed, late = str(uuid4()), str(uuid4())
    worker.run(sourceRunId=failed, source="other")
    bench.site.is_open.clear()
    worker.run(sourceRunId=late, taskTimeoutMs=1000)
    until(worker.is_idle)

    assert [rows(dsn, run)[0]["status"] for run in (failed, late)] == ["failed", "timed_out"]


def test_without_leases_nothing_is_started(bench: Bench, dsn: str) -> None:
    """Health says so, and is well again once the database is; what runs meanwhile is told of."""
    told = conninfo_to_dict(dsn)
    with TcpProxy(str(told["host"]), int(str(told["port"]))) as proxy:
        address = proxy.instead_of(dsn)
        worker = bench.worker(DATABASE_URL=address)
        bench.site.is_open.clear()
        run = str(uuid4())
        assert worker.post(sourceRunId=run).status_code == 202
        until(lambda: bench.site.held)

        proxy.drop()

        answer = worker.client.get("/health")
        assert answer.status_code == 503
        assert answer.json() == {"ok": False, "database": "down", "queue": worker.numbers()}
        refused = worker.post()
        assert refused.status_code == 503
        assert refused.json() == {"error": "Lease store unavailable", "requestId": "req-1"}
        bench.site.is_open.set()
        until(worker.is_idle)
        assert [each.body["sourceRunId"] for each in bench.callbacks()] == [run]
        assert worker.post(sourceRunId=None).status_code == 202

        proxy.forward()

        until(lambda: worker.client.get("/health").status_code == 200)
        assert worker.post().status_code == 202
