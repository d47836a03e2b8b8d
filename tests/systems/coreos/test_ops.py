"""Health, summary, alerts, time series, stuck jobs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.systems.conftest import Starter
    from tests.systems.deployment import CoreOs

SUMMARY = "/api/ops/metrics/summary"
SERIES = "/api/ops/metrics/timeseries"
STUCK = "/api/ops/jobs/stuck"


def test_health_is_ok_and_fresh(starter: Starter) -> None:
    """With what it runs as; HEAD has no body."""
    coreos = starter(COMMIT_SHA="abc")

    answer, head = (
        coreos.get("/api/worker/health", who=""),
        coreos.client.head("/api/worker/health"),
    )

    body = answer.json()
    said = datetime.fromisoformat(body.pop("timestamp"))
    assert abs((datetime.now(UTC) - said).total_seconds()) < 60
    assert (answer.status_code, body) == (200, {"status": "ok", "env": "test", "commitSha": "abc"})
    assert (head.status_code, head.content) == (200, b"")


def test_the_summary_counts_exactly(coreos: CoreOs) -> None:
    """Totals, rates and the workers that were seen."""
    for _ in range(7):
        coreos.enqueue()
    for _ in range(2):
        coreos.finish(coreos.take("b"), "b")
    coreos.fail(coreos.take("a"), "a")

    body = coreos.get(SUMMARY, who="").json()

    assert body["counters"] == {
        "jobs_completed:jobType=scheduler.tick": 2,
        "jobs_failed_retryable:jobType=scheduler.tick": 1,
        "jobs_total:jobType=scheduler.tick": 7,
    }
    assert body["aggregated"] == {"total": 7, "completed": 2, "dead": 0, "retryable": 1}
    assert body["rates"] == {"successRate": 28.57, "deadRate": 0, "retryRate": 14.29}
    assert (body["activeWorkers"], body["systemStatus"], body["violations"]) == (
        ["a", "b"],
        "HEALTHY",
        [],
    )


def test_alerts_are_raised_once_per_cool_down_and_close_themselves(starter: Starter) -> None:
    """One row a type; closed when the cause is gone."""
    coreos = starter(ALERT_COOLDOWN_SECONDS="60")
    coreos.dead()

    for _ in range(3):
        body = coreos.get(SUMMARY, who="").json()
        assert (body["systemStatus"], body["unresolvedAlerts"]) == ("DEGRADED", 1)
    assert body["violations"] == [
        {
            "type": "WORKER_DEAD_RATE_HIGH",
            "value": 100,
            "threshold": 10,
            "message": "Dead rate 100% exceeds threshold 10%",
        }
    ]
    coreos.sql("UPDATE system_alerts SET timestamp = timestamp - 60000")
    assert coreos.get(SUMMARY, who="").json()["unresolvedAlerts"] == 2
    coreos.sql("UPDATE core_metrics SET value = 100 WHERE id LIKE 'jobs_total%'")
    assert coreos.get(SUMMARY, who="").json()["unresolvedAlerts"] == 0
    rows = coreos.sql(
        "SELECT type, value, threshold, resolved, resolved_at > 0 AS closed FROM system_alerts"
    )
    row = {
        "type": "WORKER_DEAD_RATE_HIGH",
        "value": 100,
        "threshold": 10,
        "resolved": True,
        "closed": True,
    }
    assert rows == [row, row]


def test_a_lost_worker_is_missed_until_one_is_seen(starter: Starter) -> None:
    """None was ever there: no alarm. All are gone: an alarm that stays."""
    coreos = starter(HEARTBEAT_LOST_SECONDS="70")
    assert coreos.get(SUMMARY, who="").json()["violations"] == []
    coreos.claim("w1")
    assert coreos.get(SUMMARY, who="").json()["activeWorkers"] == ["w1"]
    coreos.sql("UPDATE workers SET last_seen = last_seen - 70000")

    for _ in range(2):
        body = coreos.get(SUMMARY, who="").json()
        assert body["activeWorkers"] == []
        assert body["violations"] == [
            {
                "type": "WORKER_HEARTBEAT_LOST",
                "value": 0,
                "threshold": 70,
                "message": "No active workers — all heartbeats lost (> 70s)",
            }
        ]
    coreos.claim("w2")
    assert coreos.get(SUMMARY, who="").json()["violations"] == []


def test_all_alerts_at_once(starter: Starter) -> None:
    """Whole numbers and broken ones side by side."""
    coreos = starter(HEARTBEAT_LOST_SECONDS="7")
    for _ in range(3):
        coreos.enqueue(maxAttempts=1)
    coreos.fail(coreos.take())
    coreos.sql("INSERT INTO core_metrics VALUES ('jobs_failed_retryable', 1, 0)")
    coreos.sql("UPDATE workers SET last_seen = 0")

    body = coreos.get(SUMMARY, who="").json()

    assert [(v["type"], v["value"]) for v in body["violations"]] == [
        ("WORKER_DEAD_RATE_HIGH", 33.33),
        ("WORKER_RETRY_SPIKE", 33.33),
        ("WORKER_HEARTBEAT_LOST", 0),
    ]
    assert body["unresolvedAlerts"] == 3


def test_latencies_come_by_the_minute_oldest_first(coreos: CoreOs) -> None:
    """Every point of the window, whatever their number; halves are rounded up."""
    coreos.sql(
        "INSERT INTO core_metrics_ts (metric, value, timestamp) SELECT 'job_latency', 100, coreos_now_ms() - 180000"
        " FROM generate_series(1, 600)"
    )
    for latency in (100, 201, 600.5):
        coreos.enqueue()
        coreos.finish(coreos.take(), latency_ms=latency)

    body = coreos.get(SERIES, who="").json()

    assert (body["metric"], body["window"], body["windowMs"], body["totalEntries"]) == (
        "job_latency",
        "60m",
        3_600_000,
        603,
    )
    old, *new = body["buckets"]
    assert {k: old[k] for k in ("count", "sum", "min", "max", "avg")} == {
        "count": 600,
        "sum": 60_000,
        "min": 100,
        "max": 100,
        "avg": 100,
    }
    assert sum(bucket["count"] for bucket in new) == 3
    assert sum(bucket["sum"] for bucket in new) == 901.5
    assert (
        datetime.strptime(old["bucket"], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC).timestamp()
        < time.time() - 120
    )
    assert coreos.get(SERIES, "", window="2m").json()["totalEntries"] == 3
    assert coreos.get(SERIES, "", metric="nothing").json()["buckets"] == []


@pytest.mark.parametrize("window", ["0m", "5", "m", "1w", "-1m", "1.5h", "", "٣m", "9" * 99 + "m"])
def test_a_window_that_is_none_is_refused(shared: CoreOs, window: str) -> None:
    """With what was asked."""
    answer = shared.get(SERIES, "", window=window)

    error = f'Invalid window format: {window}. Use e.g. "60m", "24h"'
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize(
    ("window", "ms"), [("24h", 86_400_000), ("007d", 604_800_000), ("999999999999999d", None)]
)
def test_windows_have_three_units(shared: CoreOs, window: str, ms: int | None) -> None:
    """Minutes, hours, days, as long as one likes."""
    body = shared.get(SERIES, "", window=window).json()

    assert body["window"] == window
    assert body["windowMs"] == (ms or 999_999_999_999_999 * 86_400_000)


def test_stuck_lists_what_is_overdue_worst_first(coreos: CoreOs) -> None:
    """And nothing that lives or is done."""
    worse, stuck, live, done = (coreos.enqueue() for _ in range(4))
    jobs = [coreos.take() for _ in range(4)]
    assert coreos.beat(jobs[0]).status_code == 200
    coreos.finish(jobs[3])
    coreos.sql(
        "UPDATE job_queue SET lease_until = coreos_now_ms() - 3_600_000 WHERE job_id = %s", worse
    )
    coreos.expire_lease(stuck)

    body = coreos.get(STUCK, who="").json()

    assert (body["count"], body["thresholdSec"]) == (2, 0)
    assert [job["jobId"] for job in body["jobs"]] == [worse, stuck]
    row = body["jobs"][0]
    shown = coreos.show(worse)
    assert (row["workerId"], row["status"], row["attempts"]) == ("w1", "PROCESSING", 1)
    assert (row["leaseUntil"], row["claimedAt"]) == (shown["leaseUntil"], shown["claimedAt"])
    assert 3600 <= row["stuckForSec"] < 3660
    assert row["lastHeartbeat"] is not None
    assert [j["jobId"] for j in coreos.get(STUCK, "", thresholdSec=1800).json()["jobs"]] == [worse]
    assert coreos.get(STUCK, "", thresholdSec=10**12).json()["jobs"] == []
    assert {live, done}.isdisjoint({worse, stuck})


@pytest.mark.parametrize("threshold", ["x", "-1", "1.5", "", "9" * 30])
def test_a_threshold_that_is_none_is_refused(shared: CoreOs, threshold: str) -> None:
    """400."""
    answer = shared.get(STUCK, "", thresholdSec=threshold)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "thresholdSec must be an integer of 0 or more"},
    )
