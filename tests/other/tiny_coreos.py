"""
A second CORE OS, as small as it can be: the queue and its health, in memory, on the standard library.

It has its own names for variables, paths and headers, knows its workers by a fixed token, signs no
tickets, has no worker program and no store; a target file says all that. It exists to show that the
checks know the contract and not our stand-in.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT = int(os.environ.get("TINY_PORT", "8080"))
TOKEN = os.environ.get("TINY_TOKEN", "")
RETRY_MS = int(os.environ.get("TINY_RETRY_MS", "60000"))
#: A way to break it: `forgets-priority`, `trusts-anybody`.
BUG = os.environ.get("TINY_BUG", "")

LEASE_MS = 30_000
TERMINAL = ("COMPLETED", "FAILED", "DEAD")

Answer = tuple[int, dict[str, Any]]


def now_ms() -> int:
    """The present instant, as the contract counts it."""
    return time.time_ns() // 1_000_000


@dataclass
class Job:
    """One job, and all that is known of it."""

    asked: dict[str, Any]
    number: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "PENDING"
    worker: str | None = None
    attempts: int = 0
    priority: int = 50
    created: int = field(default_factory=now_ms)
    next_run: int = field(default_factory=now_ms)
    claimed: int | None = None
    lease_until: int | None = None
    error: dict[str, Any] | None = None
    taken: tuple[Any, ...] = ()

    @property
    def lease(self) -> int:
        """Its lease in ms."""
        return int(self.asked.get("leaseDurationMs", LEASE_MS))

    @property
    def most(self) -> int:
        """How often it may be tried."""
        return int(self.asked.get("maxAttempts", 3))

    def is_claimable(self, now: int) -> bool:
        """Whether a claim may hand it out."""
        if self.status == "PROCESSING":
            return (self.lease_until or 0) <= now
        return self.status in ("PENDING", "FAILED_RETRYABLE") and self.next_run <= now

    def ticket(self) -> dict[str, Any]:
        """What a worker is shown; signed by nobody."""
        trace = self.asked.get("traceId", f"trace-{self.id}")
        return {"jobId": self.id, "jobType": self.asked["jobType"], "traceId": trace}

    def shown(self) -> dict[str, Any]:
        """What anybody is shown."""
        return {
            "jobId": self.id,
            "status": self.status,
            "jobType": self.asked["jobType"],
            "workerId": self.worker,
            "attempts": self.attempts,
            "maxAttempts": self.most,
            "claimedAt": self.claimed,
            "leaseUntil": self.lease_until,
            "leaseDurationMs": self.lease,
            "nextRunAt": self.next_run,
            **({"lastError": self.error} if self.error else {}),
        }


class Queue:
    """All jobs, behind one lock."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def enqueue(self, body: dict[str, Any]) -> Answer:
        """Take a job in."""
        lease = body.get("leaseDurationMs", LEASE_MS)
        if not isinstance(lease, int) or not 1000 <= lease <= 3_600_000:
            said = "leaseDurationMs must be an integer between 1000 and 3600000"
            return 400, {"error": said}
        job = Job(asked=body, number=len(self.jobs))
        self.jobs[job.id] = job
        return 201, {"jobId": job.id, "status": job.status}

    def claim(self, body: dict[str, Any]) -> Answer:
        """Hand the most urgent job out."""
        now = now_ms()
        for job in sorted(self.jobs.values(), key=self._urgency):
            if not job.is_claimable(now):
                continue
            if job.attempts >= job.most:
                job.status, job.lease_until = "DEAD", None
                continue
            job.status, job.worker = "PROCESSING", body["workerId"]
            job.attempts += 1
            job.claimed, job.lease_until = now, now + job.lease
            handed = {
                "ticket": job.ticket(),
                "payload": json.dumps(job.asked["payload"]),
                "version": "1.0",
                "attempts": job.attempts,
                "maxAttempts": job.most,
                "leaseUntil": job.lease_until,
            }
            return 200, {"job": handed}
        return 200, {"job": None}

    def claimable(self) -> Answer:
        """How many jobs a claim could hand out."""
        now = now_ms()
        waiting = [j for j in self.jobs.values() if j.is_claimable(now) and j.attempts < j.most]
        return 200, {"ok": True, "claimable": len(waiting)}

    def heartbeat(self, body: dict[str, Any]) -> Answer:
        """Renew a lease, for its holder."""
        job = self.jobs.get(body["jobId"])
        if job is None:
            return 404, {"error": "Job not found"}
        if self._is_stale(job, body["attempt"]):
            return 409, {"error": "Stale lease", "code": "STALE_LEASE"}
        job.lease_until = now_ms() + job.lease
        return 200, {"jobId": job.id, "leaseUntil": job.lease_until}

    def result(self, body: dict[str, Any]) -> Answer:
        """Take a result, from the holder, once."""
        job, attempt = self.jobs.get(body["jobId"]), body["metrics"]["attempts"]
        if job is None:
            return 404, {"error": "Job not found", "code": "JOB_NOT_FOUND"}
        report = (attempt, body["workerId"], body["status"])
        if job.taken == report:
            return 200, {"jobId": job.id, "status": job.status, "idempotent": True}
        if self._is_stale(job, attempt):
            return 409, {"error": "Stale lease", "code": "STALE_LEASE"}
        job.taken, job.lease_until = report, None
        if body["status"] == "SUCCEEDED":
            job.status = "COMPLETED"
        else:
            job.error = {"code": body.get("errorCode"), "message": "", "at": now_ms()}
            job.status = "DEAD" if job.attempts >= job.most else "FAILED_RETRYABLE"
            job.next_run = job.error["at"] + self._rest(job)
        return 200, {"jobId": job.id, "status": job.status, "attempts": job.attempts}

    def raise_priority(self, job: Job, value: int) -> Answer:
        """Make a job more or less urgent."""
        job.priority = value
        return 200, {"jobId": job.id, "changed": True, "newPriority": value}

    def _is_stale(self, job: Job, attempt: int) -> bool:
        lapsed = job.status != "PROCESSING" or (job.lease_until or 0) <= now_ms()
        return BUG != "trusts-anybody" and (attempt != job.attempts or lapsed)

    def _urgency(self, job: Job) -> tuple[int, int]:
        return (0 if BUG == "forgets-priority" else -job.priority, job.number)

    def _rest(self, job: Job) -> int:
        spread = hashlib.sha256(f"{job.id}:{job.attempts}".encode()).digest()[:2]
        jitter = int.from_bytes(spread, "big") % 3000
        return int(min(min(2**job.attempts, RETRY_MS / 1000) * 1000 + jitter, RETRY_MS))


QUEUE = Queue()
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Health, a job, or how much waits."""
        if self.path == "/tiny/health":
            stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self.answer(200, {"status": "ok", "timestamp": stamp, "env": "tiny"})
        elif self.path == "/tiny/claim":
            with LOCK:
                self.answer(*QUEUE.claimable())
        else:
            job = QUEUE.jobs.get(self.path.removeprefix("/tiny/jobs/"))
            self.answer(200, job.shown()) if job else self.answer(404, {"error": "Job not found"})

    do_HEAD = do_GET  # noqa: N815 - the standard library's name

    def do_POST(self) -> None:
        """Everything that changes something."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        _, _, verb, *rest = self.path.split("/")
        if not self.path.startswith("/tiny/"):
            self.answer(404, {"error": "Not found"})
            return
        body = json.loads(raw)
        if verb in ("claim", "heartbeat", "result") and self.headers.get("X-Tiny") != TOKEN:
            self.answer(401, {"error": "Worker authentication required"})
            return
        with LOCK:
            if rest:
                self.answer(*QUEUE.raise_priority(QUEUE.jobs[rest[0]], int(body["value"])))
            else:
                self.answer(*getattr(QUEUE, verb)(body))

    def answer(self, status: int, body: dict[str, Any]) -> None:
        """Send a status and a JSON body."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: who asks is no news here."""


class Server(ThreadingHTTPServer):
    """A server that takes as many connections at once as there are workers."""

    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", PORT), Handler).serve_forever()
