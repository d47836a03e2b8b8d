"""The owner's pages: reaper, dead letters, workers, audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from systems.coreos.backoff import backoff_ms

if TYPE_CHECKING:
    from tests.systems.deployment import CoreOs


def test_the_reaper_frees_overdue_jobs(coreos: CoreOs) -> None:
    """Those with attempts left wait and are tried again; the others die as by a result."""
    again, dead = coreos.enqueue("index.build"), coreos.enqueue(maxAttempts=1)
    live = coreos.enqueue()
    for _ in range(3):
        coreos.take()
    coreos.sql("UPDATE job_queue SET lease_until = coreos_now_ms() - 500 WHERE job_id <> %s", live)

    body = coreos.post("/api/jobs/reaper").json()

    assert {k: body[k] for k in ("reaper", "found", "retried", "deadLettered")} == {
        "reaper": "completed",
        "found": 2,
        "retried": 1,
        "deadLettered": 1,
    }
    jobs = {job.pop("jobId"): job for job in body["jobs"]}
    assert all(500 <= job.pop("stuckDurationMs") < 60_000 for job in jobs.values())
    assert jobs == {
        again: {"disposition": "retried", "attempt": 1, "maxAttempts": 3, "workerId": "w1"},
        dead: {"disposition": "dead_lettered", "attempt": 1, "maxAttempts": 1, "workerId": "w1"},
    }
    shown = coreos.show(again)
    assert (shown["status"], shown["workerId"], shown["lastError"]["code"]) == (
        "FAILED_RETRYABLE",
        None,
        "JOB_STUCK",
    )
    assert shown["nextRunAt"] - shown["lastError"]["at"] == backoff_ms(again, 1, 60_000)
    shown = coreos.show(dead)
    assert (shown["status"], shown["workerId"], shown["leaseUntil"]) == ("DEAD", "w1", None)
    assert sorted(item["type"] for item in coreos.audit()) == ["job.dead", "job.stuck", "job.stuck"]
    sums = coreos.get("/api/ops/metrics/summary").json()["aggregated"]
    assert sums == {"total": 3, "completed": 0, "dead": 1, "retryable": 1}
    assert coreos.post("/api/jobs/reaper").json()["found"] == 0


def test_the_reaper_takes_fifty_at_a_time(coreos: CoreOs) -> None:
    """The longest overdue first."""
    coreos.enqueue()
    coreos.sql(
        "INSERT INTO job_queue (job_id, ticket, payload, job_type, trace_id, actor_id, expires_at, nonce, max_attempts,"
        " lease_duration_ms, created_at, updated_at, next_run_at, status, lease_until, attempts, worker_id, claimed_at)"
        " SELECT 'j' || n, '{}', '{}', 'index.build', 't', 'a', 9e15, 'n' || n, 3, 30000, n, n, n, 'PROCESSING', n, 1,"
        " 'w', n FROM generate_series(1, 60) AS n"
    )

    assert coreos.post("/api/jobs/reaper").json()["found"] == 50
    rest = coreos.get("/api/ops/jobs/stuck", who="").json()["jobs"]
    assert [job["jobId"] for job in rest] == [f"j{n}" for n in range(51, 61)]


def test_dead_letters_are_kept_newest_first(coreos: CoreOs) -> None:
    """With what is needed to judge them."""
    first, second = coreos.dead(), coreos.dead("index.build")

    body = coreos.get("/api/jobs/dlq").json()

    assert [letter["jobId"] for letter in body["dlq"]] == [second, first]
    assert body["count"] == 2
    letter = body["dlq"][0]
    assert (letter["jobType"], letter["actorId"], letter["attempts"]) == (
        "index.build",
        "uid-owner",
        1,
    )
    assert letter["lastError"]["code"] == "BOOM"
    assert len(coreos.get("/api/jobs/dlq", limit=1).json()["dlq"]) == 1


def test_workers_with_a_job_are_shown_and_how_they_are(coreos: CoreOs) -> None:
    """Healthy while none of their leases has run out."""
    stuck = coreos.enqueue()
    coreos.take("w1")
    coreos.enqueue()
    job = coreos.take("w2")
    coreos.beat(job, "w2")
    coreos.expire_lease(stuck)

    body = coreos.get("/api/ops/workers").json()

    assert {k: v for k, v in body.items() if k not in ("workers", "timestamp")} == {
        "totalWorkers": 2,
        "totalActiveJobs": 2,
        "healthyWorkers": 1,
        "unhealthyWorkers": 1,
        "devModeActive": False,
        "devModeWarning": None,
    }
    one, two = body["workers"]
    assert (one["workerId"], one["healthy"], one["activeJobs"]) == ("w1", False, 1)
    assert (one["jobs"][0]["leaseExpired"], one["jobs"][0]["lastHeartbeat"]) == (True, None)
    assert (two["workerId"], two["healthy"]) == ("w2", True)
    assert 0 <= two["jobs"][0]["heartbeatAgeMs"] < 60_000
    assert two["lastSeen"] <= body["timestamp"]


def test_the_audit_log_is_filtered_and_paged(coreos: CoreOs) -> None:
    """Filters come before the limit; pages meet without gap or overlap."""
    for _ in range(3):
        coreos.enqueue()
        coreos.finish(coreos.take())
    dead = coreos.dead()

    everything = coreos.audit()
    page = coreos.get("/api/ops/audit", limit=2).json()["data"]
    rest = coreos.get("/api/ops/audit", limit=2, cursor=page["nextCursor"]).json()["data"]

    assert page["items"] + rest["items"] == everything
    assert (page["count"], page["role"], rest["nextCursor"]) == (2, "owner", None)
    (item,) = coreos.audit(type="job.dead", limit=1)
    assert (item["event"], item["severity"], item["context"]["jobId"]) == (
        "job.dead",
        "ERROR",
        dead,
    )
    assert coreos.audit(severity="ERROR") == [item] == coreos.audit(traceId=item["traceId"])
    assert len(coreos.audit(eventPrefix="job.c")) == 3
    assert coreos.audit(eventPrefix="job.%") == []
    assert len(coreos.audit(actorId="uid-owner")) == 4
    assert coreos.audit(actorId="nobody") == []
    assert coreos.audit(since="2100-01-01T00:00:00Z") == []
    assert len(coreos.audit(since="2020-01-01", until="2100-01-01T00:00:00+02:00")) == 4


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/api/jobs/dlq?limit=0", "limit must be an integer between 1 and 100"),
        ("/api/jobs/dlq?limit=101", "limit must be an integer between 1 and 100"),
        ("/api/jobs/dlq?limit=abc", "limit must be an integer between 1 and 100"),
        ("/api/ops/audit?limit=1.5", "limit must be an integer between 1 and 100"),
        ("/api/ops/audit?cursor=x", "Invalid cursor"),
        ("/api/ops/audit?severity=LOUD", "severity must be one of: ERROR, WARN, INFO"),
        ("/api/ops/audit?since=yesterday", "since must be an ISO 8601 time"),
        ("/api/ops/audit?until=", "until must be an ISO 8601 time"),
        ("/api/ops/jobs/list?limit=abc", "limit must be an integer between 1 and 100"),
        (
            "/api/ops/jobs/list?status=DEAD,GONE",
            "Invalid status: GONE. Must be one of: PENDING, PROCESSING, COMPLETED, FAILED, FAILED_RETRYABLE, DEAD, SUSPENDED",
        ),
    ],
)
def test_wrong_parameters_are_refused(shared: CoreOs, path: str, error: str) -> None:
    """400, by name."""
    answer = shared.get(path)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_jobs_are_listed_newest_first_by_status(coreos: CoreOs) -> None:
    """As many as asked."""
    old, new, taken = coreos.enqueue(), coreos.enqueue(), None
    taken = coreos.take()["ticket"]["jobId"]
    assert taken == old

    def listed(**query: object) -> list[str]:
        return [
            job["jobId"]
            for job in coreos.get("/api/ops/jobs/list", "other", **query).json()["jobs"]
        ]

    assert listed() == [new, old]
    assert listed(limit=1) == [new]
    assert listed(status="PROCESSING,DEAD") == [old]
    assert listed(status="DEAD") == []
