"""Claim, heartbeat, result: leases, fencing, retries, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from systems.coreos.backoff import backoff_ms

if TYPE_CHECKING:
    from tests.systems.conftest import Starter
    from tests.systems.deployment import CoreOs

STALE = {"error": "Stale lease", "code": "STALE_LEASE"}


def conflicts(coreos: CoreOs) -> dict[str, int]:
    """The counters of lost claims."""
    return {k: v for k, v in coreos.counters().items() if k.startswith("claim_conflict")}


def test_a_claim_hands_out_what_a_worker_needs(coreos: CoreOs) -> None:
    """Ticket, payload as text, version, fencing token, lease."""
    job_id = coreos.enqueue(payload={"b": 1, "a": 2}, leaseDurationMs=120_000)

    job = coreos.take("wörker-1")

    shown = coreos.show(job_id)
    assert {k: job[k] for k in ("payload", "version", "attempts", "maxAttempts", "leaseUntil")} == {
        "payload": '{"a":2,"b":1}',
        "version": "1.0",
        "attempts": 1,
        "maxAttempts": 3,
        "leaseUntil": shown["leaseUntil"],
    }
    assert shown["leaseUntil"] - shown["claimedAt"] == 120_000
    assert (shown["status"], shown["workerId"]) == ("PROCESSING", "wörker-1")
    assert coreos.claim("w2") is None


def test_the_most_urgent_job_comes_first(coreos: CoreOs) -> None:
    """Of all that wait, not of the oldest few; then the oldest."""
    jobs = [coreos.enqueue(payload={"n": n}) for n in range(7)]
    assert coreos.post(f"/api/jobs/{jobs[-1]}/priority", {"value": 100}).json()["changed"]

    claimed = [coreos.take()["ticket"]["jobId"] for _ in jobs]

    assert claimed == [jobs[-1], *jobs[:-1]]


def test_a_lease_that_ran_out_is_handed_to_the_next_poll(coreos: CoreOs) -> None:
    """As the next attempt, noted as stuck; a live lease is handed to nobody, not even to its holder."""
    job_id = coreos.enqueue()
    coreos.take("w1")
    assert coreos.claim("w1") is None
    coreos.expire_lease(job_id)

    assert coreos.take("w2")["attempts"] == 2

    shown = coreos.show(job_id)
    assert (shown["workerId"], shown["status"], shown["attempts"]) == ("w2", "PROCESSING", 2)
    (stuck,) = coreos.audit(type="job.stuck")
    context = stuck["context"]
    assert (context["jobId"], context["workerId"], context["attempts"]) == (job_id, "w1", 1)
    assert stuck["severity"] == "WARN"


def test_whoever_lost_the_lease_changes_nothing(coreos: CoreOs) -> None:
    """Heartbeat and result of the old attempt are refused and counted; the new one completes."""
    job_id = coreos.enqueue()
    old = coreos.take("w1")
    coreos.expire_lease(job_id)
    new = coreos.take("w2")

    beat, result = coreos.beat(old, "w1"), coreos.finish(old, "w1")

    assert (beat.status_code, beat.json()) == (409, STALE)
    assert (result.status_code, result.json()) == (409, STALE)
    assert coreos.show(job_id)["workerId"] == "w2"
    assert coreos.finish(new, "w2").json()["status"] == "COMPLETED"
    assert conflicts(coreos) == {
        "claim_conflict:reason=stale_heartbeat": 1,
        "claim_conflict:reason=stale_result": 1,
    }


def test_an_expired_lease_is_gone_even_before_it_is_claimed_again(coreos: CoreOs) -> None:
    """Neither revived by a heartbeat nor used by a result."""
    job_id = coreos.enqueue()
    job = coreos.take()
    coreos.expire_lease(job_id)

    assert coreos.beat(job).json() == STALE
    assert coreos.finish(job).json() == STALE
    assert coreos.show(job_id)["status"] == "PROCESSING"


def test_a_used_up_job_dies_at_the_next_claim(coreos: CoreOs) -> None:
    """A job that takes its worker down each time is not handed out for ever."""
    job_id = coreos.enqueue(maxAttempts=1)
    coreos.take()
    coreos.expire_lease(job_id)

    assert coreos.claim("w2") is None

    shown = coreos.show(job_id)
    assert (shown["status"], shown["attempts"], shown["lastError"]["code"]) == (
        "DEAD",
        1,
        "JOB_STUCK",
    )
    assert shown["leaseUntil"] is None
    assert [item["context"]["jobId"] for item in coreos.audit(type="job.dead")] == [job_id]
    assert coreos.counters()["jobs_dead:jobType=scheduler.tick"] == 1
    (letter,) = coreos.get("/api/jobs/dlq").json()["dlq"]
    assert (letter["jobId"], letter["workerId"], letter["lastError"]["code"]) == (
        job_id,
        "w1",
        "JOB_STUCK",
    )


def test_expired_tickets_hold_up_nobody(coreos: CoreOs) -> None:
    """One claim ends them all, counted and audited, and still hands out the good job behind them."""
    old = [coreos.enqueue() for _ in range(3)]
    coreos.sql("UPDATE job_queue SET expires_at = coreos_now_ms()")
    good = coreos.enqueue()
    assert coreos.get("/api/jobs/claim", who="").json() == {"ok": True, "claimable": 1}

    assert coreos.take()["ticket"]["jobId"] == good

    for job_id in old:
        shown = coreos.show(job_id)
        assert (shown["status"], shown["lastError"]["code"], shown["attempts"]) == (
            "FAILED",
            "TICKET_EXPIRED",
            0,
        )
    assert coreos.counters()["jobs_expired:jobType=scheduler.tick"] == 3
    assert {item["context"]["jobId"] for item in coreos.audit(type="job.expired")} == set(old)


def test_a_heap_of_expired_tickets_is_swept_in_one_claim(starter: Starter) -> None:
    """Thousands of them fit into a store's time limit, which is long for the sake of busy machines."""
    coreos = starter(STORE_TIMEOUT_MS="10000")
    coreos.enqueue()
    coreos.sql(
        "INSERT INTO job_queue (job_id, ticket, payload, job_type, trace_id, actor_id, expires_at, nonce, max_attempts,"
        " lease_duration_ms, created_at, updated_at, next_run_at) SELECT 'j' || n, '{}', '{}', 'index.build', 't', 'a',"
        " 1, 'n' || n, 3, 30000, n, n, n FROM generate_series(1, 3000) AS n"
    )

    assert coreos.take()["ticket"]["jobType"] == "scheduler.tick"
    assert coreos.counters()["jobs_expired:jobType=index.build"] == 3000


def test_looking_at_claim_takes_nothing(coreos: CoreOs) -> None:
    """GET counts what could be handed out and changes nothing."""
    waiting = coreos.enqueue()
    coreos.enqueue()
    coreos.take()
    suspended = coreos.enqueue()
    coreos.post(f"/api/jobs/{suspended}/suspend")

    assert coreos.get("/api/jobs/claim", who="").json() == {"ok": True, "claimable": 1}
    assert coreos.get("/api/jobs/claim", who="").json() == {"ok": True, "claimable": 1}
    assert waiting


def test_a_worker_s_id_belongs_to_one_process(starter: Starter) -> None:
    """While it was heard lately, another instance is refused and counted; then it is let in."""
    coreos = starter(WORKER_ID_HOLD_SECONDS="60")
    job_id = coreos.enqueue()
    assert coreos.ask("w2", "a").status_code == 200
    other = coreos.enqueue()

    refused = coreos.ask("w2", "b")

    body = {"error": "Worker id w2 is in use by another process", "code": "WORKER_ID_IN_USE"}
    assert (refused.status_code, refused.json()) == (409, body)
    assert coreos.show(other)["attempts"] == 0
    assert conflicts(coreos) == {"claim_conflict:reason=worker_id_in_use": 1}
    coreos.sql("UPDATE workers SET last_seen = last_seen - 60000")
    assert coreos.claim("w2", "b") is not None
    assert job_id


def test_a_heartbeat_holds_a_worker_s_id(starter: Starter) -> None:
    """A worker in a long job polls not, but is there."""
    coreos = starter(WORKER_ID_HOLD_SECONDS="60")
    coreos.enqueue()
    job = coreos.claim("w1", "a")
    assert job is not None
    coreos.sql("UPDATE workers SET last_seen = last_seen - 70000")

    assert coreos.beat(job, "w1", instanceId="a").status_code == 200

    assert coreos.ask("w1", "b").status_code == 409


def test_a_heartbeat_lengthens_the_lease_by_the_job_s_own_measure(coreos: CoreOs) -> None:
    """Not by some default."""
    job_id = coreos.enqueue(leaseDurationMs=40_000)
    job = coreos.take()

    answer = coreos.beat(job)

    assert answer.status_code == 200
    (row,) = coreos.sql("SELECT lease_until, heartbeat_at FROM job_queue WHERE job_id = %s", job_id)
    assert answer.json() == {"jobId": job_id, "leaseUntil": row["lease_until"]}
    assert row["lease_until"] - row["heartbeat_at"] == 40_000
    assert coreos.counters()["worker_heartbeat_total:workerId=w1"] == 1


def test_a_heartbeat_is_refused_by_name(coreos: CoreOs) -> None:
    """In the contract's order."""
    job_id = coreos.enqueue()
    job = coreos.take()

    def answer(**changes: Any) -> tuple[int, str]:
        reply = coreos.beat(job, **changes)
        return reply.status_code, reply.json()["error"]

    assert answer(jobId="") == (400, "jobId and workerId are required")
    assert answer(workerId=5) == (400, "jobId and workerId are required")
    assert answer(instanceId=5) == (400, "jobId and workerId are required")
    assert answer(attempt="abc") == (400, "attempt is required")
    assert answer(attempt=1.5) == (400, "attempt is required")
    assert answer(jobId="a/\x00b") == (404, "Job not found")
    assert answer(attempt=0, workerId="w9") == (409, "Stale lease")
    assert answer(workerId="w9") == (403, "Worker mismatch")
    assert answer(attempt=2) == (409, "Stale lease")
    assert answer(attempt=10**300) == (409, "Stale lease")
    assert coreos.finish(job).status_code == 200
    assert answer() == (409, "Cannot heartbeat job in COMPLETED state")
    assert coreos.show(job_id)["leaseUntil"] is None


def test_a_success_completes_the_job(coreos: CoreOs) -> None:
    """Counted, timed, audited, shown."""
    job_id = coreos.enqueue()
    job = coreos.take()

    answer = coreos.finish(job, latency_ms=123, resultData={"ok": "<&>"})

    assert answer.json() == {
        "jobId": job_id,
        "status": "COMPLETED",
        "traceId": job["ticket"]["traceId"],
        "attempts": 1,
        "maxAttempts": 3,
        "signatureBypass": False,
    }
    shown = coreos.show(job_id)
    assert shown["result"] == {"status": "SUCCEEDED", "metrics": {"attempts": 1, "latencyMs": 123}}
    assert (shown["workerId"], shown["leaseUntil"]) == ("w1", None)
    (item,) = coreos.audit(type="job.complete")
    assert (item["context"]["metrics"], item["severity"]) == (
        {"attempts": 1, "latencyMs": 123},
        "INFO",
    )
    assert coreos.counters()["jobs_completed:jobType=scheduler.tick"] == 1
    assert coreos.get("/api/ops/metrics/timeseries").json()["buckets"][0]["sum"] == 123


def test_a_failure_is_retried_after_its_back_off_and_dies_in_the_end(starter: Starter) -> None:
    """Never before its attempts are used up, never after."""
    coreos = starter(RETRY_MAX_DELAY_MS="5000")
    job_id = coreos.enqueue("index.build", maxAttempts=2)

    first = coreos.fail(coreos.take(), code="X")

    assert first.json()["status"] == "FAILED_RETRYABLE"
    shown = coreos.show(job_id)
    assert (shown["workerId"], shown["leaseUntil"]) == (None, None)
    assert shown["lastError"] | {"at": 0} == {"code": "X", "message": "boom", "at": 0}
    assert shown["nextRunAt"] - shown["lastError"]["at"] == backoff_ms(job_id, 1, 5000)
    assert coreos.claim() is None
    coreos.sql("UPDATE job_queue SET next_run_at = coreos_now_ms()")
    assert coreos.fail(coreos.take()).json()["status"] == "DEAD"
    shown = coreos.show(job_id)
    assert (shown["status"], shown["attempts"], shown["workerId"]) == ("DEAD", 2, "w1")
    assert shown["result"] == {
        "status": "FAILED",
        "metrics": {"attempts": 2, "latencyMs": 5},
        "errorCode": "BOOM",
        "errorMessage": "boom",
    }
    sums = coreos.get("/api/ops/metrics/summary").json()["aggregated"]
    assert sums == {"total": 1, "completed": 0, "dead": 1, "retryable": 1}
    assert [item["type"] for item in coreos.audit()] == ["job.dead", "job.retry"]
    assert coreos.claim() is None


def test_a_repeated_result_gets_its_first_answer_and_counts_once(coreos: CoreOs) -> None:
    """Also when the job has gone on meanwhile; another result of that attempt is stale."""
    job_id = coreos.enqueue()
    first = coreos.take()
    answer = coreos.fail(first).json()
    coreos.sql("UPDATE job_queue SET next_run_at = coreos_now_ms()")
    second = coreos.take("w2")

    again = coreos.fail(first)

    assert (again.status_code, again.json()) == (200, answer | {"idempotent": True})
    assert coreos.finish(first).json() == STALE
    assert coreos.finish(second, "w2").json()["status"] == "COMPLETED"
    assert coreos.fail(second, "w2").json() == {
        "error": f"Job {job_id} is in status COMPLETED, expected PROCESSING",
        "code": "JOB_NOT_PROCESSING",
    }
    assert coreos.counters()["jobs_failed_retryable:jobType=scheduler.tick"] == 1


def test_a_result_of_somebody_else_s_is_refused(coreos: CoreOs) -> None:
    """By worker, trace and attempt."""
    coreos.enqueue()
    job = coreos.take()

    def answer(worker: str = "w1", **changes: Any) -> tuple[int, str]:
        reply = coreos.finish(job, worker, **changes)
        return reply.status_code, reply.json()["code"]

    assert answer("w2") == (403, "WORKER_MISMATCH")
    assert answer(traceId="t") == (403, "TRACE_MISMATCH")
    assert answer(attempt=2) == (409, "STALE_LEASE")
    assert answer(attempt=2**53) == (409, "STALE_LEASE")
    assert answer(jobId="a/\x00\ud800") == (404, "JOB_NOT_FOUND")
    assert coreos.finish(job).status_code == 200
