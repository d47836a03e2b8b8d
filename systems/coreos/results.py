"""A worker's result, as it is posted: read, checked, and refused by name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeGuard

from systems.chassis.canonical import EXACT_INTEGERS, canonical, digest, is_number
from systems.chassis.http import Refusal
from systems.coreos.signatures import RESULT_FIELDS, is_equal, result_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

HEX_64 = re.compile(r"[0-9a-f]{64}")
#: In the order in which they are missed.
NEEDED = {
    "jobId": "MISSING_JOB_ID",
    "status": "MISSING_STATUS",
    "traceId": "MISSING_TRACE_ID",
    "workerId": "MISSING_WORKER_ID",
    "signature": "MISSING_SIGNATURE",
    "resultHash": "MISSING_RESULT_HASH",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result whose form and signature are right."""

    job_id: str
    worker_id: str
    trace_id: str
    status: Literal["SUCCEEDED", "FAILED"]
    result_hash: str
    attempt: int
    latency_ms: float
    #: The metrics as posted, in canonical JSON.
    metrics: str
    error_code: str
    error_message: str
    #: The whole body as posted, in canonical JSON.
    document: str

    @property
    def has_succeeded(self) -> bool:
        """Whether the job was done."""
        return self.status == "SUCCEEDED"


def read(fields: Mapping[str, object], secret: str) -> Result:
    """The result in a body's fields. Raises Refusal 403 with the code of the first thing that is wrong."""
    for name, code in NEEDED.items():
        if fields.get(name) in (None, ""):
            raise Refusal(403, f"Missing {name}", code)
    status, metrics = fields["status"], fields.get("metrics")
    if isinstance(status, str) and status not in ("SUCCEEDED", "FAILED"):
        raise Refusal(403, f"Invalid status: {status}", "INVALID_STATUS")
    attempt, latency_ms = _metrics(metrics)
    if not _is_well_typed(fields) or not is_equal(
        str(fields["signature"]), result_signature(secret, fields)
    ):
        raise Refusal(403, "Invalid result signature", "INVALID_SIGNATURE")
    _check_hash(fields)
    return Result(
        job_id=str(fields["jobId"]),
        worker_id=str(fields["workerId"]),
        trace_id=str(fields["traceId"]),
        status="SUCCEEDED" if status == "SUCCEEDED" else "FAILED",
        result_hash=str(fields["resultHash"]),
        attempt=attempt,
        latency_ms=latency_ms,
        metrics=canonical(metrics),
        error_code=str(fields.get("errorCode") or "UNKNOWN"),
        error_message=str(fields.get("errorMessage") or "Unknown error"),
        document=canonical(dict(fields)),
    )


def is_same(result: Result, accepted: object) -> bool:
    """Whether an accepted result (its body, as stored) says the same as this one about the same attempt."""
    said = accepted if isinstance(accepted, dict) else json.loads(str(accepted))
    return (said["jobId"], said["workerId"], said["status"], said["resultHash"]) == (
        result.job_id,
        result.worker_id,
        result.status,
        result.result_hash,
    )


def _metrics(metrics: object) -> tuple[int, float]:
    """Attempt and latency in ms. Raises Refusal 403 INVALID_METRICS."""
    if isinstance(metrics, dict):
        attempt, latency = metrics.get("attempts"), metrics.get("latencyMs")
        if _is_amount(attempt) and _is_amount(latency) and attempt >= 1 and attempt % 1 == 0:
            return int(attempt), float(latency)
    raise Refusal(403, "Invalid metrics", "INVALID_METRICS")


def _is_amount(value: object) -> TypeGuard[float]:
    """A number that is not negative and, so that sums stay exact, not beyond 2^53."""
    return is_number(value) and 0 <= value <= EXACT_INTEGERS


def _is_well_typed(fields: Mapping[str, object]) -> bool:
    texts = (
        *NEEDED,
        *(name for name in ("errorCode", "errorMessage") if fields.get(name) is not None),
    )
    return (
        set(RESULT_FIELDS) <= set(fields)
        and all(isinstance(fields[name], str) for name in texts)
        and all(is_number(fields[name]) for name in ("startedAt", "finishedAt"))
    )


def _check_hash(fields: Mapping[str, object]) -> None:
    """Raise Refusal 403 unless the hash is one and, of a success that brings its data, that data's."""
    given = str(fields["resultHash"])
    is_checked = fields["status"] == "SUCCEEDED" and "resultData" in fields
    expected = digest(canonical(fields["resultData"])) if is_checked else given
    if not HEX_64.fullmatch(given) or given != expected:
        raise Refusal(403, "Result hash mismatch", "RESULT_HASH_MISMATCH")
