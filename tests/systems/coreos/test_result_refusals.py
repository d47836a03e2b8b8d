"""What a result's body is refused for, in the contract's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from systems.coreos.signatures import result_signature
from tests.systems.vectors import vectors

if TYPE_CHECKING:
    from tests.systems.conftest import Starter
    from tests.systems.deployment import CoreOs

JOB = {
    "ticket": {"jobId": "11111111-1111-4111-8111-111111111111", "traceId": "t"},
    "attempts": 1,
}
NO_METRICS: list[object] = [
    None,
    [],
    {},
    {"attempts": 0, "latencyMs": 1},
    {"attempts": 1.5, "latencyMs": 1},
    {"attempts": "1", "latencyMs": 1},
    {"attempts": True, "latencyMs": 1},
    {"attempts": 1, "latencyMs": -1},
    {"attempts": 1},
]
CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"jobId": "", "status": ""}, "MISSING_JOB_ID", "Missing jobId"),
    ({"jobId": None}, "MISSING_JOB_ID", "Missing jobId"),
    ({"status": "", "traceId": ""}, "MISSING_STATUS", "Missing status"),
    ({"traceId": "", "workerId": ""}, "MISSING_TRACE_ID", "Missing traceId"),
    ({"workerId": "", "signature": ""}, "MISSING_WORKER_ID", "Missing workerId"),
    ({"signature": "", "resultHash": ""}, "MISSING_SIGNATURE", "Missing signature"),
    ({"resultHash": "", "status": "X"}, "MISSING_RESULT_HASH", "Missing resultHash"),
    ({"status": "COMPLETED", "metrics": 5}, "INVALID_STATUS", "Invalid status: COMPLETED"),
    *(
        ({"metrics": metrics, "signature": "x"}, "INVALID_METRICS", "Invalid metrics")
        for metrics in NO_METRICS
    ),
    *(
        ({name: wrong}, "INVALID_SIGNATURE", "Invalid result signature")
        for name, wrong in [
            ("jobId", 5),
            ("status", 5),
            ("signature", 5),
            ("signature", "\ud800"),
            ("startedAt", "x"),
            ("finishedAt", None),
            ("errorCode", 5),
            ("errorMessage", []),
        ]
    ),
    ({"resultHash": "0" * 63}, "RESULT_HASH_MISMATCH", "Result hash mismatch"),
    ({"resultHash": "A" * 64}, "RESULT_HASH_MISMATCH", "Result hash mismatch"),
    (
        {"resultData": {"a": 1}, "resultHash": "0" * 64},
        "RESULT_HASH_MISMATCH",
        "Result hash mismatch",
    ),
    ({"resultData": None, "resultHash": "0" * 64}, "RESULT_HASH_MISMATCH", "Result hash mismatch"),
]


@pytest.mark.parametrize(("changes", "code", "error"), CASES, ids=lambda v: ascii(v)[:50])
def test_the_first_thing_that_is_wrong_is_named(
    shared: CoreOs, changes: dict[str, Any], code: str, error: str
) -> None:
    """A result that is signed over what it holds, and still wrong."""
    body = shared.result(JOB, **{k: v for k, v in changes.items() if k != "signature"})
    signature = changes.get("signature", body["signature"])

    answer = shared.signed("/api/jobs/result", body | {"signature": signature})

    assert (answer.status_code, answer.json()) == (403, {"error": error, "code": code})


def test_a_field_left_out_breaks_the_signature(shared: CoreOs) -> None:
    """A result without its times was signed over less."""
    body = shared.result(JOB)
    del body["startedAt"]

    assert shared.signed("/api/jobs/result", body).json()["code"] == "INVALID_SIGNATURE"


@pytest.mark.parametrize("case", vectors("results")["validated"], ids=lambda c: c["name"])
def test_vectors_of_the_wire(shared: CoreOs, case: dict[str, Any]) -> None:
    """Each body, signed anew under this deployment's secret where the vector's signature was right."""
    body = dict(case["result"])
    if body.get("signature") == result_signature_of(body):
        body["signature"] = result_signature(shared.secret, body)

    answer = shared.signed("/api/jobs/result", body)

    assert (answer.status_code, answer.json()["code"]) == (case["status"], case["code"])


def result_signature_of(body: dict[str, Any]) -> str:
    """The signature under the vectors' own secret."""
    return result_signature(vectors("results")["secret"], body)


def test_a_refused_signature_is_counted(coreos: CoreOs) -> None:
    """The body's as well as the header's."""
    coreos.signed("/api/jobs/result", coreos.result(JOB) | {"signature": "0" * 64})
    coreos.signed("/api/jobs/result", coreos.result(JOB), secret="other")

    assert coreos.counters()["worker_auth_failed:endpoint=result"] == 2


def test_no_mode_takes_unsigned_results_in_production(starter: Starter) -> None:
    """The two together are a misconfiguration, told as such."""
    coreos = starter(NODE_ENV="production", JOB_WORKER_DEV_MODE="true")

    answer = coreos.signed("/api/jobs/result", b"{")

    body = {
        "error": "Fatal server misconfiguration: dev-mode is active in production",
        "code": "FATAL_MISCONFIG",
    }
    assert (answer.status_code, answer.json()) == (500, body)
