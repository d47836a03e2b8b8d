"""A job as a worker gets it: read, verified before anything runs, and turned into a result. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from systems.chassis.canonical import canonical, digest, is_number, parse
from systems.coreos import tickets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacl.signing import VerifyKey

NOTHING = sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A job as the API hands it out, its ticket not yet believed."""

    ticket: Mapping[str, object]
    payload: object
    attempt: int
    max_attempts: object

    @property
    def job_id(self) -> str:
        """Which job this is."""
        return str(self.ticket.get("jobId"))

    @property
    def trace_id(self) -> str:
        """What its traces carry."""
        return str(self.ticket.get("traceId"))

    @property
    def type(self) -> str:
        """What kind of job it is."""
        return str(self.ticket.get("jobType"))

    @property
    def fields(self) -> Mapping[str, object]:
        """The fields of a verified payload; an array has none."""
        value = parse(str(self.payload).encode())
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job was not done: its word in the log, its code, its text."""

    word: str
    code: str
    message: str


Outcome = dict[str, object] | Failure


def read(answer: Mapping[str, object]) -> Claimed | None:
    """The job in a claim's answer, or None if there is none. Raises ValueError if it cannot be told."""
    job = answer.get("job")
    if job is None:
        return None
    if isinstance(job, dict):
        ticket, attempt = job.get("ticket"), job.get("attempts")
        if isinstance(ticket, dict) and isinstance(attempt, int):
            most = job.get("maxAttempts")
            payload = job.get("payload")
            return Claimed(ticket=ticket, payload=payload, attempt=attempt, max_attempts=most)
    raise ValueError("the answer holds no job that can be read")


def verify(job: Claimed, key: VerifyKey, *, now_ms: int) -> Failure | None:
    """What is wrong with a job's ticket: signature, then expiry, then payload; None if nothing is."""
    if not tickets.is_signed(key, job.ticket):
        message = "invalid Ed25519 signature"
        return Failure(word="VERIFY_FAIL", code="TICKET_INVALID", message=message)
    expires_at = job.ticket["expiresAt"]
    if is_number(expires_at) and expires_at <= now_ms:
        message = f"ticket expired at {expires_at}"
        return Failure(word="EXPIRED", code="TICKET_EXPIRED", message=message)
    if not isinstance(job.payload, str) or _hash(job.payload) != job.ticket["payloadHash"]:
        message = "payload is not the one that was signed"
        return Failure(word="HASH_MISMATCH", code="PAYLOAD_MISMATCH", message=message)
    return None


def result(
    job: Claimed, outcome: Outcome, *, worker_id: str, started_at: int, finished_at: int
) -> dict[str, object]:
    """What is posted of an outcome, but for its signature; times in ms since 1970."""
    common: dict[str, object] = {
        "jobId": job.job_id,
        "traceId": job.trace_id,
        "workerId": worker_id,
        "startedAt": started_at,
        "finishedAt": finished_at,
        "metrics": {"attempts": job.attempt, "latencyMs": max(0, finished_at - started_at)},
    }
    if isinstance(outcome, Failure):
        failed = {"errorCode": outcome.code, "errorMessage": outcome.message}
        return common | failed | {"status": "FAILED", "resultHash": NOTHING}
    done = {"resultData": outcome, "resultHash": digest(canonical(outcome))}
    return common | done | {"status": "SUCCEEDED"}


def _hash(payload: str) -> str:
    return sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()
