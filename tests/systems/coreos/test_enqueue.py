"""POST /api/jobs/enqueue, and what a job looks like afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from nacl.signing import VerifyKey

from systems.chassis.canonical import canonical, digest, parse
from systems.coreos import tickets
from tests.systems.vectors import vectors

if TYPE_CHECKING:
    from tests.systems.conftest import Starter
    from tests.systems.deployment import CoreOs

GOOD = {"jobType": "scheduler.tick", "payload": {"a": 1}, "policyDecisionId": "pd-1"}
TYPES = "scheduler.tick, index.build, webhook.process, __test.fail_n_times, __test.hang"
NO_COUNTS: list[object] = [0, 101, -1, 2.5, "3", "abc", True, None, [], 1e300]
NO_LEASES: list[object] = [999, 3_600_001, "x", 1000.5, None]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"jobType": "nope", "payload": 1}, f"Invalid jobType. Must be one of: {TYPES}"),
    ({"jobType": ["scheduler.tick"]}, f"Invalid jobType. Must be one of: {TYPES}"),
    ({"policyDecisionId": None, "payload": 1}, "policyDecisionId is required"),
    ({"policyDecisionId": ""}, "policyDecisionId is required"),
    ({"payload": None, "policyDecisionId": 5}, "payload must be a non-null object"),
    ({"payload": "x"}, "payload must be a non-null object"),
    ({"policyDecisionId": 42}, "policyDecisionId must be a string of 1 to 256 characters"),
    ({"policyDecisionId": "x" * 257}, "policyDecisionId must be a string of 1 to 256 characters"),
    ({"policyDecisionId": "\ud800"}, "policyDecisionId must be a string of 1 to 256 characters"),
    ({"traceId": ""}, "traceId must be a string of 1 to 256 characters"),
    ({"traceId": None}, "traceId must be a string of 1 to 256 characters"),
    ({"traceId": "x\ud800y"}, "traceId must be a string of 1 to 256 characters"),
    ({"scope": "execute"}, "scope must be an array of strings"),
    ({"scope": ["a", 1]}, "scope must be an array of strings"),
    *(
        ({"maxAttempts": bad}, "maxAttempts must be an integer between 1 and 100")
        for bad in NO_COUNTS
    ),
    *(
        ({"leaseDurationMs": bad}, "leaseDurationMs must be an integer between 1000 and 3600000")
        for bad in NO_LEASES
    ),
]


def test_a_job_is_taken_in_signed_and_counted(shared: CoreOs) -> None:
    """201 with what its sender needs; the ticket verifies and says who asked."""
    answer = shared.post("/api/jobs/enqueue", GOOD)

    assert answer.status_code == 201
    body = answer.json()
    assert UUID(body["jobId"]).version == 4
    assert body["status"] == "PENDING"
    assert body["traceId"].startswith("trace-")
    row = shared.sql("SELECT * FROM job_queue WHERE job_id = %s", body["jobId"])[0]
    ticket = row["ticket"]
    assert tickets.is_signed(
        VerifyKey(bytes.fromhex(shared.twin.env("api")["ATTESTATION_PUBLIC_KEY"])), ticket
    )
    assert (ticket["actorId"], ticket["scope"]) == ("uid-owner", ["execute"])
    assert ticket["expiresAt"] == body["expiresAt"] == ticket["requestedAt"] + 1_800_000
    assert ticket["payloadHash"] == digest(row["payload"])
    assert shared.sql("SELECT * FROM job_nonces WHERE nonce = %s", ticket["nonce"])


def test_a_shown_job_has_everything_but_its_payload(shared: CoreOs) -> None:
    """By GET, without a session."""
    job_id = shared.enqueue(
        payload={"hidden": "canary"}, traceId="t", maxAttempts=7, leaseDurationMs=1500
    )

    shown = shared.get(f"/api/jobs/{job_id}", who="")

    assert "canary" not in shown.text
    body = shown.json()
    assert body.pop("createdAt") == body.pop("nextRunAt")
    assert body == {
        "jobId": job_id,
        "status": "PENDING",
        "jobType": "scheduler.tick",
        "traceId": "t",
        "workerId": None,
        "claimedAt": None,
        "attempts": 0,
        "maxAttempts": 7,
        "priority": 50,
        "leaseDurationMs": 1500,
        "leaseUntil": None,
    }


@pytest.mark.parametrize(
    ("changes", "error"), REFUSED, ids=lambda v: str(v)[:40].encode("ascii", "replace").decode()
)
def test_a_wrong_field_is_refused(shared: CoreOs, changes: dict[str, Any], error: str) -> None:
    """By the first message of the contract's order that fits."""
    answer = shared.post("/api/jobs/enqueue", GOOD | changes)

    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_number_beyond_doubles_is_refused(shared: CoreOs) -> None:
    """It would turn into null before it is signed."""
    raw = b'{"jobType":"scheduler.tick","policyDecisionId":42,"payload":{"h":1E400}}'

    answer = shared.raw("/api/jobs/enqueue", raw)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "payload holds a number outside the double range"},
    )


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"\xff", b"[" * 10_000])
def test_a_body_that_is_no_json_is_refused(shared: CoreOs, raw: bytes) -> None:
    """With its code."""
    answer = shared.raw("/api/jobs/enqueue", raw)

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "Invalid JSON body", "code": "INVALID_JSON"},
    )


@pytest.mark.parametrize("raw", [b"5", b"[]", b'"x"', b"true"])
def test_a_body_that_is_no_object_has_no_fields(shared: CoreOs, raw: bytes) -> None:
    """Its first field is missing."""
    answer = shared.raw("/api/jobs/enqueue", raw)

    assert (answer.status_code, answer.json()["error"]) == (
        400,
        f"Invalid jobType. Must be one of: {TYPES}",
    )


def test_an_endless_body_is_not_read(shared: CoreOs) -> None:
    """Beyond 8 MiB it is refused."""
    answer = shared.raw("/api/jobs/enqueue", b" " * (8 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_the_longest_and_oddest_texts_are_kept(coreos: CoreOs) -> None:
    """256 characters are 256 characters, U+0000 is one of them, and they come back as they went in."""
    odd = ("\x00\x01&<>\u2028😀" * 40)[:256]

    job_id = coreos.enqueue(traceId=odd, policyDecisionId=odd, scope=[odd, ""])

    assert coreos.show(job_id)["traceId"] == odd
    job = coreos.take()
    assert (job["ticket"]["policyDecisionId"], job["ticket"]["scope"]) == (odd, [odd, ""])
    assert coreos.finish(job).json()["status"] == "COMPLETED"
    assert [item["traceId"] for item in coreos.audit(traceId=odd)] == [odd]


@pytest.mark.parametrize(
    "case",
    [c for c in vectors("canonical_json") if c["raw"][0] in "{[" and "canonical" in c],
    ids=lambda c: c["raw"][:30],
)
def test_payloads_are_kept_in_canonical_form(shared: CoreOs, case: dict[str, str]) -> None:
    """As the vectors say."""
    raw = (
        b'{"jobType":"scheduler.tick","policyDecisionId":"p","payload":'
        + case["raw"].encode()
        + b"}"
    )

    job_id = shared.raw("/api/jobs/enqueue", raw).json()["jobId"]

    (row,) = shared.sql("SELECT payload FROM job_queue WHERE job_id = %s", job_id)
    assert row["payload"] == case["canonical"] == canonical(parse(row["payload"].encode()))


def test_test_jobs_stay_out_of_production(starter: Starter) -> None:
    """Nobody hangs a worker there."""
    coreos = starter(NODE_ENV="production")

    answer = coreos.post("/api/jobs/enqueue", GOOD | {"jobType": "__test.hang"})

    error = "Invalid jobType. Must be one of: scheduler.tick, index.build, webhook.process"
    assert (answer.status_code, answer.json()) == (400, {"error": error})
