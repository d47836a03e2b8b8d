"""Suspend, resume, priority, requeue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.systems.deployment import CoreOs

VERBS = ("suspend", "resume", "priority", "requeue")
BODIES = {"priority": {"value": 1}}
NO_VALUES: list[object] = [None, True, [], {}]
NO_PRIORITIES: list[object] = ["abc", 101, -1, 2.5, "٣", "1_0"]
NO_TIMES: list[object] = ["x", None, []]


def test_a_suspended_job_waits_until_it_is_resumed(coreos: CoreOs) -> None:
    """It is not handed out meanwhile; each is done once."""
    job_id = coreos.enqueue()

    first = coreos.post(f"/api/jobs/{job_id}/suspend", {"reason": "why"}).json()
    again = coreos.post(f"/api/jobs/{job_id}/suspend").json()

    assert first == {"jobId": job_id, "status": "SUSPENDED", "changed": True, "reason": "why"}
    assert again == {"jobId": job_id, "status": "SUSPENDED", "changed": False}
    assert coreos.claim() is None
    (listed,) = coreos.get("/api/ops/jobs/list", status="SUSPENDED").json()["jobs"]
    assert (listed["jobId"], listed["suspendedBy"]) == (job_id, "uid-owner")
    assert coreos.post(f"/api/jobs/{job_id}/resume").json() == {
        "jobId": job_id,
        "status": "PENDING",
        "changed": True,
    }
    assert coreos.post(f"/api/jobs/{job_id}/resume").json() == {
        "jobId": job_id,
        "status": "PENDING",
        "changed": False,
    }
    assert coreos.take()["ticket"]["jobId"] == job_id


def test_a_job_under_way_is_not_suspended(coreos: CoreOs) -> None:
    """It says in which status it is."""
    job_id = coreos.enqueue()
    coreos.take()

    answer = coreos.post(f"/api/jobs/{job_id}/suspend")

    error = "Cannot suspend job in status 'PROCESSING'. Only PENDING, FAILED_RETRYABLE jobs can be suspended."
    assert (answer.status_code, answer.json()) == (409, {"error": error})


def test_a_priority_is_an_integer_to_javascript(shared: CoreOs) -> None:
    """Strings too; the old one is told."""
    job_id = shared.enqueue()

    def answer(value: Any) -> tuple[int, Any]:
        reply = shared.post(f"/api/jobs/{job_id}/priority", {"value": value})
        return reply.status_code, reply.json()

    assert answer(100) == (
        200,
        {"jobId": job_id, "changed": True, "previousPriority": 50, "newPriority": 100},
    )
    assert answer("1e1") == (
        200,
        {"jobId": job_id, "changed": True, "previousPriority": 100, "newPriority": 10},
    )
    assert answer(10.0)[1]["changed"] is False
    for wrong in NO_VALUES:
        assert answer(wrong) == (400, {"error": "value is required (integer 0-100)"})
    for wrong in NO_PRIORITIES:
        assert answer(wrong) == (400, {"error": "Priority must be an integer between 0 and 100"})
    assert shared.show(job_id)["priority"] == 10


def test_an_ended_job_keeps_its_priority(coreos: CoreOs) -> None:
    """409."""
    job_id = coreos.dead()

    assert coreos.post(f"/api/jobs/{job_id}/priority", {"value": 1}).status_code == 409


@pytest.mark.parametrize("verb", VERBS)
def test_a_change_from_an_old_view_is_refused(shared: CoreOs, verb: str) -> None:
    """With what the server knows; a view as new as the server's is fine."""
    job_id = shared.enqueue()
    shared.post(f"/api/jobs/{job_id}/priority", {"value": 60})
    (row,) = shared.sql("SELECT updated_at FROM job_queue WHERE job_id = %s", job_id)
    body = BODIES.get(verb, {})

    answer = shared.post(
        f"/api/jobs/{job_id}/{verb}", body | {"lastUpdatedAt": row["updated_at"] - 1}
    )

    assert answer.status_code == 409
    assert answer.json() == {
        "error": "Stale update rejected — server state is newer",
        "conflict": True,
        "serverState": {
            "jobId": job_id,
            "status": "PENDING",
            "priority": 60,
            "attempts": 0,
            "maxAttempts": 3,
            "updatedAt": row["updated_at"],
        },
    }
    fresh = shared.post(f"/api/jobs/{job_id}/{verb}", body | {"lastUpdatedAt": row["updated_at"]})
    assert "conflict" not in fresh.json()


@pytest.mark.parametrize("verb", VERBS)
def test_no_such_job(shared: CoreOs, verb: str) -> None:
    """Whatever its name looks like."""
    for name, shown in (("nope", "nope"), ("a%2Fb", "a/b"), ("a%00b", "a\x00b"), ("%ff", "\ufffd")):
        answer = shared.post(f"/api/jobs/{name}/{verb}", BODIES.get(verb))
        assert (answer.status_code, answer.json()) == (404, {"error": f"Job {shown} not found"})


@pytest.mark.parametrize("verb", VERBS)
def test_bodies_that_are_refused(shared: CoreOs, verb: str) -> None:
    """No JSON, null, and fields of a wrong type."""
    job_id = shared.enqueue()
    for raw in (b"{", b"null"):
        answer = shared.raw(f"/api/jobs/{job_id}/{verb}", raw)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_JSON")
    for old in NO_TIMES:
        answer = shared.post(
            f"/api/jobs/{job_id}/{verb}", BODIES.get(verb, {}) | {"lastUpdatedAt": old}
        )
        assert (answer.status_code, answer.json()) == (
            400,
            {"error": "lastUpdatedAt must be a number"},
        )
    if verb == "suspend":
        answer = shared.post(f"/api/jobs/{job_id}/{verb}", {"reason": 5})
        assert (answer.status_code, answer.json()) == (400, {"error": "reason must be a string"})


def test_a_priority_needs_a_body(shared: CoreOs) -> None:
    """The other three do not."""
    job_id = shared.enqueue()

    assert shared.post(f"/api/jobs/{job_id}/priority").json()["code"] == "INVALID_JSON"


def test_a_dead_job_is_requeued_once(coreos: CoreOs) -> None:
    """As a new job with the old one's work; the old one stays dead."""
    job_id = coreos.enqueue(
        payload={"x": "\x00"},
        maxAttempts=1,
        leaseDurationMs=90_000,
        traceId="t\x00",
        scope=["a"],
        policyDecisionId="p",
    )
    coreos.post(f"/api/jobs/{job_id}/priority", {"value": 77})
    coreos.fail(coreos.take())

    answer = coreos.post(f"/api/jobs/{job_id}/requeue", who="other")

    assert answer.status_code == 201
    body = answer.json()
    new = body["jobId"]
    assert body == {
        "jobId": new,
        "requeuedFrom": job_id,
        "status": "PENDING",
        "traceId": "t\x00",
        "expiresAt": body["expiresAt"],
    }
    shown = coreos.show(new)
    kept = [shown[k] for k in ("traceId", "maxAttempts", "leaseDurationMs", "priority", "attempts")]
    assert kept == ["t\x00", 1, 90_000, 77, 0]
    assert coreos.show(job_id)["status"] == "DEAD"
    assert [item["context"]["jobId"] for item in coreos.audit(type="job.requeue")] == [job_id]
    assert coreos.counters()["jobs_total:jobType=scheduler.tick"] == 2
    again = coreos.post(f"/api/jobs/{job_id}/requeue")
    error = f"Job {job_id} was already requeued as {new}"
    assert (again.status_code, again.json()) == (409, {"error": error, "code": "ALREADY_REQUEUED"})
    job = coreos.take()
    assert (job["payload"], job["ticket"]["scope"], job["ticket"]["actorId"]) == (
        '{"x":"\\u0000"}',
        ["a"],
        "uid-other",
    )
    assert coreos.finish(job).json()["status"] == "COMPLETED"
    refused = coreos.post(f"/api/jobs/{new}/requeue")
    error = "Cannot requeue job in status 'COMPLETED'. Only DEAD, FAILED jobs can be requeued."
    assert (refused.status_code, refused.json()) == (409, {"error": error})
