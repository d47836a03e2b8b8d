"""
What a worker sends to the API, and how it is signed: by the contract's rule, not by the system's code.

    callback = completed(run, jobs=[job()])       failed(run), beat(run), offer(run), batch(run)
    callback.signed(secret, at)                   its headers: `at` in Unix seconds, or a text as it is spelled
    replace(callback, request_id="r-2")           the same with one part changed; `body` is what goes out
    payload_hash(callback.body)                   what it says of itself under `payloadHash`
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from proofbook.instruments.signatures import canonical_json, hmac_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMPLETE = "/api/job-sources/complete"
HEARTBEAT = "/api/job-sources/runs/{id}/heartbeat"
OFFERS = "/api/job-sources/runs/{id}/offers"
BATCH = "/api/job-sources/runs/{id}/offers/batch"

SIGNATURE = "x-worker-signature"
TIMESTAMP = "x-worker-timestamp"
REQUEST_ID = "x-request-id"
#: The source of every task and callback of the suite.
SOURCE = "pracuj-pl-it"
#: What a body's hash does not cover.
UNHASHED = frozenset({"attemptNo", "callbackAttemptNo", "emittedAt", "payloadHash"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One request of a worker; its signature covers all but the body."""

    #: The contract's name of its path.
    path: str
    run: str
    #: What the signature calls it: COMPLETED, FAILED, HEARTBEAT or INGEST.
    token: str
    event_id: str
    body: Mapping[str, Any]
    run_id: str = ""
    #: The header; empty: none is sent.
    request_id: str = field(default_factory=lambda: str(uuid4()))

    def text(self, timestamp: str) -> str:
        """What is signed: six parts with dots between, what is not there empty."""
        parts = (timestamp, self.run, self.token, self.run_id, self.request_id, self.event_id)
        return ".".join(parts)

    def signature(self, secret: str, timestamp: str) -> str:
        """HMAC-SHA256 in lower hexadecimal, under the secret's UTF-8."""
        return hmac_sha256(secret.encode(), self.text(timestamp).encode()).hex()

    def signed(self, secret: str, at: float | str | None = None) -> dict[str, str]:
        """The two headers; now, unless a second is given or a text."""
        stamp = at if isinstance(at, str) else str(int(time.time() if at is None else at))
        return {TIMESTAMP: stamp, SIGNATURE: self.signature(secret, stamp)}


def payload_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body's canonical JSON, without what may differ from one attempt to the next."""
    covered = {name: told for name, told in body.items() if name not in UNHASHED}
    return sha256(canonical_json(covered).encode()).hexdigest()


def job(number: int | None = None, **changes: Any) -> dict[str, Any]:
    """An offer; without a number, one that nobody has seen."""
    told = str(uuid4().int if number is None else number)
    return {
        "url": f"https://it.pracuj.pl/praca/python-developer,oferta,{told}",
        "title": "Python developer",
        "description": "Writes Python",
        "source": SOURCE,
        "sourceId": told,
    } | changes


def completed(run: str, *, event_id: str | None = None, **body: Any) -> Callback:
    """A run that ended well; with `jobs`, their number is told."""
    if "jobs" in body:
        body = {"jobCount": len(body["jobs"]), "scrapedCount": len(body["jobs"])} | body
    return _ended(run, event_id, {"status": "COMPLETED", **body})


def failed(run: str, *, event_id: str | None = None, **body: Any) -> Callback:
    """A run that did not."""
    return _ended(run, event_id, {"status": "FAILED", "error": "[network] fetch failed", **body})


def beat(run: str, **body: Any) -> Callback:
    """A sign of life; what it signs for its event is fixed."""
    told = {"sourceRunId": run, "phase": "detail_fetch", **body}
    return Callback(
        path=HEARTBEAT,
        run=run,
        token="HEARTBEAT",
        event_id="heartbeat",
        body=told,
        run_id=str(body.get("runId", "")),
    )


def offer(run: str, *, event_id: str | None = None, **body: Any) -> Callback:
    """One offer before the end."""
    return _ingested(OFFERS, run, event_id, {"job": job(), **body})


def batch(run: str, *, event_id: str | None = None, **body: Any) -> Callback:
    """Several offers before the end."""
    return _ingested(BATCH, run, event_id, {"jobs": [job()], **body})


#: Endpoint → what makes a callback for it.
KINDS: Mapping[str, Callable[..., Callback]] = {
    "complete": completed,
    "heartbeat": beat,
    "offers": offer,
    "batch": batch,
}


def _ended(run: str, event_id: str | None, body: Mapping[str, Any]) -> Callback:
    event = str(uuid4()) if event_id is None else event_id
    told = {"sourceRunId": run, "eventId": event, "source": SOURCE, **body}
    return _made(COMPLETE, run, str(body["status"]), event, told)


def _ingested(path: str, run: str, event_id: str | None, body: Mapping[str, Any]) -> Callback:
    event = str(uuid4()) if event_id is None else event_id
    told = {"sourceRunId": run, "eventId": event, "source": SOURCE, **body}
    return _made(path, run, "INGEST", event, told)


def _made(path: str, run: str, token: str, event: str, body: Mapping[str, Any]) -> Callback:
    run_id = str(body.get("runId", ""))
    return Callback(path=path, run=run, token=token, event_id=event, body=body, run_id=run_id)
