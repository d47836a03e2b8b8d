"""
The suite posing as a worker: claim, heartbeat and result over HTTP, signed as the contract says.

    worker = WireWorker(api, "w1")
    held = worker.take()
    worker.succeed(held)                      # a Reply
"""

from __future__ import annotations

import hashlib
import json as json_text
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from checks.coreos.adapter import CLAIM, HEARTBEAT, RESULT
from checks.coreos.adapter_access import result_signature
from proofbook import NoVerdict
from proofbook.instruments.signatures import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter import Api, Reply


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand: what a claim answered."""

    ticket: Mapping[str, Any]
    payload: str
    attempts: int
    max_attempts: int
    lease_until: int

    @property
    def job(self) -> str:
        """Its id."""
        return str(self.ticket["jobId"])


def claimed_of(reply: Reply) -> Claimed | None:
    """The job that a claim's reply holds; `None` where it holds none."""
    job = reply.body.get("job")
    if reply.status != 200 or not isinstance(job, dict):
        return None
    return Claimed(
        ticket=job["ticket"],
        payload=job["payload"],
        attempts=job["attempts"],
        max_attempts=job["maxAttempts"],
        lease_until=job["leaseUntil"],
    )


class WireWorker:
    """A worker made of requests: it does what it is told, also what no worker should."""

    def __init__(
        self, api: Api, worker_id: str, *, instance: str | None = None, secret: str | None = None
    ) -> None:
        self.api = api
        self.id = api.company.called(worker_id) if api.company else worker_id
        #: Handles of one id are one process, unless it is said that they are not.
        self.instance = str(uuid5(NAMESPACE_OID, worker_id)) if instance is None else instance
        self.secret = api.access.secret if secret is None else secret

    def post(self, name: str, body: Mapping[str, Any], *, unanswered: bool = False) -> Reply:
        """POST a body as this worker, with the headers that authenticate it."""
        content = json_text.dumps(body, ensure_ascii=False).encode()
        return self.post_bytes(name, content, unanswered=unanswered)

    def post_bytes(self, name: str, content: bytes, *, unanswered: bool = False) -> Reply:
        """POST these very bytes as this worker."""
        headers = self.headers(name, content)
        return self.api.send("POST", name, content=content, headers=headers, unanswered=unanswered)

    def headers(self, name: str, content: bytes) -> Mapping[str, str]:
        """What authenticates `content` on its way to the path that the contract calls `name`."""
        access = self.api.access
        if access.worker_headers is not None:
            return access.worker_headers
        if not self.secret:
            raise NoVerdict("the target tells no JOB_WORKER_HMAC_SECRET: nothing can be signed")
        return access.signed(self.secret, access.path(name), content, int(time.time() * 1000))

    @property
    def identity(self) -> dict[str, Any]:
        """What a claim says: who asks."""
        return {"workerId": self.id, "instanceId": self.instance}

    def claim(self) -> Reply:
        """Ask for a job."""
        return self.post(CLAIM, self.identity)

    def take(self) -> Claimed:
        """Claim a job. Raises NoVerdict where none is handed out."""
        reply = self.claim()
        held = claimed_of(reply)
        if held is None:
            raise NoVerdict(f"{self.id} was handed no job: {reply!r}")
        return held

    def beat(self, held: Claimed) -> dict[str, Any]:
        """What a heartbeat says: who holds which attempt."""
        return {**self.identity, "jobId": held.job, "attempt": held.attempts}

    def heartbeat(self, held: Claimed) -> Reply:
        """Ask for the lease to be renewed."""
        return self.post(HEARTBEAT, self.beat(held))

    def result(self, held: Claimed, **changes: Any) -> dict[str, Any]:
        """
        A result for `held`, signed: SUCCEEDED with no data, unless `changes` say otherwise.

        `latencyMs` goes into the metrics; a `resultData` is hashed.
        """
        finished = int(time.time() * 1000)
        latency = changes.pop("latencyMs", 5)
        data = changes.get("resultData")
        said = canonical_json(data) if data is not None else ""
        body = {
            "jobId": held.job,
            "status": "SUCCEEDED",
            "startedAt": finished - latency,
            "finishedAt": finished,
            "resultHash": hashlib.sha256(said.encode()).hexdigest(),
            "metrics": {"attempts": held.attempts, "latencyMs": latency},
            "traceId": held.ticket["traceId"],
            "workerId": self.id,
            **changes,
        }
        return {"signature": result_signature(self.secret, body), **body}

    def succeed(self, held: Claimed, **changes: Any) -> Reply:
        """Post that the job succeeded."""
        return self.post(RESULT, self.result(held, **changes))

    def fail(self, held: Claimed, code: str = "EXECUTION_ERROR", message: str = "boom") -> Reply:
        """Post that the job failed."""
        return self.post(
            RESULT, self.result(held, status="FAILED", errorCode=code, errorMessage=message)
        )
