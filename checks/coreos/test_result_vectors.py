"""A result is taken only as the worker signed it, and refused by the first thing that is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import RESULT
from checks.coreos.adapter_access import result_signature
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.known_answers import vectors
from proofbook.instruments.signatures import flipped, forged, hex_spellings, resized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: Of a result that passes every check before the job is looked for.
UNKNOWN_JOB = (404, "JOB_NOT_FOUND")
#: Field of a result → the code for its absence, in the order in which they are looked for.
MISSING = {
    "jobId": "MISSING_JOB_ID",
    "status": "MISSING_STATUS",
    "traceId": "MISSING_TRACE_ID",
    "workerId": "MISSING_WORKER_ID",
    "signature": "MISSING_SIGNATURE",
    "resultHash": "MISSING_RESULT_HASH",
}


@pytest.mark.claim("coreos.result-refused-in-order")
def test_a_result_is_refused_by_the_first_thing_that_is_wrong(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """Every vector of its form and signature, every field damaged in turn, and another's name."""
    recorded = vectors("results")
    secret = recorded["secret"]
    known = standing.api({"JOB_WORKER_HMAC_SECRET": secret})
    worker = WireWorker(known, "w-results", secret=secret)
    base = recorded["validated"][0]["result"]

    sound = {name: worker.post(RESULT, body) for name, body in _sound(recorded)}
    refused = {
        name: (worker.post(RESULT, body), code) for name, body, code in _damaged(base, secret)
    }
    refused |= _mistaken(api)
    answers = {case["name"]: worker.post(RESULT, case["result"]) for case in recorded["validated"]}

    claim.require(_said(answers["ok"]) == UNKNOWN_JOB, f"the sound result: {answers['ok']!r}")
    assert {name: r for name, r in sound.items() if _said(r) != UNKNOWN_JOB} == {}
    assert {name: _said(reply) for name, reply in answers.items()} == {
        case["name"]: (case["status"], case["code"]) for case in recorded["validated"]
    }
    expected = claim["status"]
    assert {n: (r, code) for n, (r, code) in refused.items() if _said(r) != (expected, code)} == {}


def _mistaken(api: Api) -> dict[str, tuple[Reply, str]]:
    """Results for a job in hand, signed rightly in another worker's name, and for another trace."""
    api.add()
    holder = WireWorker(api, "w-holder")
    held = holder.take()
    other = WireWorker(api, "w-other").succeed(held)
    beside = holder.succeed(held, traceId="trace-of-another-job")
    assert api.status(held.job) == "PROCESSING", f"one of them was taken: {other!r}, {beside!r}"
    return {"another's name": (other, "WORKER_MISMATCH"), "trace": (beside, "TRACE_MISMATCH")}


def _said(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.code


def _sound(recorded: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Results that are signed rightly: the vectors', and those whose hash is the vectors'."""
    for case in recorded["signed"]:
        yield case["name"], {**case["result"], "signature": case["signature"]}
    base = recorded["signed"][0]["result"]
    for case in vectors("result_hashes"):
        body = {**base, "resultData": json.loads(case["canonical"]), "resultHash": case["sha256"]}
        signed = {**body, "signature": result_signature(recorded["secret"], body)}
        yield f"data {case['canonical']}", signed


def _damaged(base: Mapping[str, Any], secret: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """The sound result with one thing wrong, and the code for it."""
    for name, code in MISSING.items():
        yield f"{name} absent", {k: v for k, v in base.items() if k != name}, code
        yield f"{name} empty", {**base, name: ""}, code
    first = list(MISSING)
    for number, name in enumerate(first):
        left = {k: v for k, v in base.items() if k not in first[number:]}
        yield f"all from {name} on absent", left, MISSING[name]
    yield "status unknown, signed", _signed({**base, "status": "DONE"}, secret), "INVALID_STATUS"
    for what, metrics in _bad_metrics():
        yield f"metrics {what}", _signed({**base, "metrics": metrics}, secret), "INVALID_METRICS"
    yield "metrics absent", {k: v for k, v in base.items() if k != "metrics"}, "INVALID_METRICS"
    for name in ("startedAt", "finishedAt"):
        yield f"{name} changed", {**base, name: base[name] + 1}, "INVALID_SIGNATURE"
    for name in ("traceId", "workerId", "resultHash", "jobId"):
        changed = base[name][:-1] + ("0" if base[name][-1] != "0" else "1")
        yield f"{name} changed", {**base, name: changed}, "INVALID_SIGNATURE"
    latency = {**base["metrics"], "latencyMs": 1}
    yield "latency changed", {**base, "metrics": latency}, "INVALID_SIGNATURE"
    raw = bytes.fromhex(base["signature"])
    spelled = [*flipped(raw, every_bit=False), *resized(raw), *forged(raw)]
    for what, text in [(name, changed.hex()) for name, changed in spelled] + [*hex_spellings(raw)]:
        if text:  # none at all is missing
            yield f"signature {what}", {**base, "signature": text}, "INVALID_SIGNATURE"
    beside = _signed({**base, "resultData": {"other": 1}}, secret)
    yield "data beside its hash", beside, "RESULT_HASH_MISMATCH"


def _bad_metrics() -> Iterator[tuple[str, Any]]:
    """Metrics that no worker measures."""
    yield "empty", {}
    yield "without attempts", {"latencyMs": 1}
    yield "without latency", {"attempts": 1}
    yield "attempt 0", {"attempts": 0, "latencyMs": 1}
    yield "attempt 1.5", {"attempts": 1.5, "latencyMs": 1}
    yield "negative latency", {"attempts": 1, "latencyMs": -1}


def _signed(body: Mapping[str, Any], secret: str) -> Mapping[str, Any]:
    return {**body, "signature": result_signature(secret, body)}
