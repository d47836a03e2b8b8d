"""A CORE OS of a test's own, and the calls that tests make on it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import dict_row

from proofbook.stack import Ready
from systems.chassis.canonical import canonical, digest
from systems.coreos.signatures import request_signature, result_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.stack import Twin
    from proofbook.stack.controlled import Controlled

ROOT = Path(__file__).parent.parent.parent
Job = dict[str, Any]


@dataclass
class CoreOs:
    """An API on a store of its own."""

    twin: Twin
    process: Controlled
    client: httpx.Client
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def secret(self) -> str:
        """What workers sign with."""
        return self.twin.env("api")["JOB_WORKER_HMAC_SECRET"]

    def get(self, path: str, who: str = "owner", **query: Any) -> httpx.Response:
        """GET as somebody; `who=""` is nobody."""
        return self.client.get(path, params=query or None, headers=self.cookie(who))

    def post(self, path: str, body: object = None, who: str = "owner") -> httpx.Response:
        """POST JSON as somebody; no body if it is None."""
        content = None if body is None else json.dumps(body).encode()
        return self.client.post(path, content=content, headers=self.cookie(who))

    def raw(self, path: str, content: bytes, who: str = "owner") -> httpx.Response:
        """POST bytes as somebody."""
        return self.client.post(path, content=content, headers=self.cookie(who))

    def signed(self, path: str, body: object, **changes: Any) -> httpx.Response:
        """POST as a worker; `changes` falsify `secret`, `timestamp`, `signed_path` or `content` after signing."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp = str(changes.get("timestamp", time.time_ns() // 1_000_000))
        secret, signed_path = changes.get("secret", self.secret), changes.get("signed_path", path)
        headers = {
            "X-Worker-Timestamp": timestamp,
            "X-Worker-Signature": request_signature(secret, timestamp, signed_path, content),
        }
        return self.client.post(path, content=changes.get("content", content), headers=headers)

    def cookie(self, who: str) -> dict[str, str]:
        """The session of `owner` or `other`; nothing for nobody."""
        if not who:
            return {}
        if who not in self.cookies:
            token = self.twin.resolve(f"{{secret.{who}}}")
            answer = self.client.post("/api/auth/session", json={"idToken": token})
            assert answer.status_code == 200, answer.text
            self.client.cookies.clear()
            self.cookies[who] = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        return self.cookies[who]

    def enqueue(self, job_type: str = "scheduler.tick", payload: object = None, **more: Any) -> str:
        """A new job's id."""
        body = {"jobType": job_type, "payload": payload or {}, "policyDecisionId": "pd-1", **more}
        answer = self.post("/api/jobs/enqueue", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["jobId"])

    def ask(self, worker: str = "w1", instance: str = "") -> httpx.Response:
        """Ask for a job."""
        return self.signed("/api/jobs/claim", {"workerId": worker, "instanceId": instance})

    def claim(self, worker: str = "w1", instance: str = "") -> Job | None:
        """The job that a worker is handed, if any."""
        answer = self.ask(worker, instance)
        assert answer.status_code == 200, answer.text
        job: Job | None = answer.json()["job"]
        return job

    def take(self, worker: str = "w1") -> Job:
        """The job that a worker is handed; there must be one."""
        job = self.claim(worker)
        assert job is not None
        return job

    def beat(self, job: Job, worker: str = "w1", **changes: Any) -> httpx.Response:
        """A heartbeat for a claimed job."""
        body = {"jobId": job["ticket"]["jobId"], "workerId": worker, "attempt": job["attempts"]}
        return self.signed("/api/jobs/heartbeat", body | changes)

    def result(self, job: Job, worker: str = "w1", **changes: Any) -> dict[str, Any]:
        """A signed result of a claimed job; `latency_ms` and `attempt` go into its metrics."""
        metrics = {
            "attempts": changes.pop("attempt", job["attempts"]),
            "latencyMs": changes.pop("latency_ms", 5),
        }
        body = {
            "jobId": job["ticket"]["jobId"],
            "status": "SUCCEEDED",
            "startedAt": 1_767_225_601_000,
            "finishedAt": 1_767_225_601_005,
            "resultHash": sha256(b"").hexdigest(),
            "metrics": metrics,
            "traceId": job["ticket"]["traceId"],
            "workerId": worker,
        } | changes
        if "resultData" in changes and "resultHash" not in changes:
            body["resultHash"] = digest(canonical(changes["resultData"]))
        return {"signature": result_signature(self.secret, body)} | body

    def finish(self, job: Job, worker: str = "w1", **changes: Any) -> httpx.Response:
        """Post a claimed job's result."""
        return self.signed("/api/jobs/result", self.result(job, worker, **changes))

    def fail(self, job: Job, worker: str = "w1", code: str = "BOOM") -> httpx.Response:
        """Post that a claimed job failed."""
        return self.finish(job, worker, status="FAILED", errorCode=code, errorMessage="boom")

    def dead(self, job_type: str = "scheduler.tick") -> str:
        """The id of a job that died."""
        job_id = self.enqueue(job_type, maxAttempts=1)
        answer = self.fail(self.take())
        assert (answer.json()["jobId"], answer.json()["status"]) == (job_id, "DEAD")
        return job_id

    def show(self, job_id: str) -> Job:
        """What the API says of a job."""
        answer = self.get(f"/api/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        shown: Job = answer.json()
        return shown

    def counters(self) -> Mapping[str, int]:
        """All counters."""
        counters: Mapping[str, int] = self.get("/api/ops/metrics/summary").json()["counters"]
        return counters

    def audit(self, **filters: Any) -> list[Job]:
        """Items of the audit log, newest first."""
        answer = self.get("/api/ops/audit", **filters)
        assert answer.status_code == 200, answer.text
        items: list[Job] = answer.json()["data"]["items"]
        return items

    def sql(self, query: Any, *values: object) -> list[dict[str, Any]]:
        """Rows straight from the store."""
        url = self.twin.resolve("{store.url}")
        with psycopg.connect(url, row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def expire_lease(self, job_id: str) -> None:
        """Let a lease have run out just now."""
        self.sql("UPDATE job_queue SET lease_until = coreos_now_ms() WHERE job_id = %s", job_id)

    def worker(self, instance: str, **env: str) -> Controlled:
        """A worker process."""
        env = {"COREOS_API_URL": self.process.url, **env}
        outcome = self.twin.start("worker", instance=instance, env=env)
        assert isinstance(outcome, Ready), outcome
        return outcome.process


def start(twin: Twin, **env: str) -> CoreOs:
    """An API on a twin's store, with some variables otherwise; a busy machine is no outage."""
    env = {"STORE_TIMEOUT_MS": "30000"} | env
    outcome = twin.start("api", env=env, instance=f"api-{uuid4().hex[:6]}")
    assert isinstance(outcome, Ready), outcome
    return CoreOs(twin, outcome.process, httpx.Client(base_url=outcome.process.url, timeout=60))
