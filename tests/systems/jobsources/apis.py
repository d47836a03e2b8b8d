"""APIs of a test's own on one store, a sink that plays their worker, and the calls that tests make on them."""

from __future__ import annotations

import json
import signal
import ssl
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import dict_row

from proofbook.stack.ports import Ports
from systems.jobsources import signatures
from tests.systems.deployment import ROOT
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.systems.jobsources.cutter import Wire
    from tests.systems.jobsources.forks import Fork, Warm
    from tests.systems.jobsources.servers import Asked, Server

SECRET, OPS, TASKS = "sign-secret-1", "ops-token-1", "task-token-1"
PASSWORD = "password-1"
USERS = [
    {"email": f"{who}@jobs.example", "password": PASSWORD, "role": role}
    for who, role in (("a", "user"), ("b", "user"), ("admin", "admin"))
]
COMPLETE = "/api/job-sources/complete"
RUNS = "/api/job-sources/runs"
#: The environment of the contract's raised twin.
RAISED = {
    **{f"API_{name}_THROTTLE_TTL_MS": "1000" for name in ("READ", "WRITE", "AUTH", "SENSITIVE")},
    **{f"API_{name}_THROTTLE_LIMIT": "1000" for name in ("READ", "WRITE")},
    "API_AUTH_THROTTLE_LIMIT": "200",
    "API_SENSITIVE_THROTTLE_LIMIT": "100",
    "SCRAPE_ENQUEUE_IDEMPOTENCY_TTL_SEC": "0",
    "SCRAPE_MAX_ACTIVE_RUNS_PER_USER": "20",
    "SCRAPE_DAILY_ENQUEUE_LIMIT_PER_USER": "500",
}
#: Made once: to read the certificates of the world takes longer than most tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
JOB = {"title": "Python developer", "description": "Writes Python", "source": "pracuj-pl-it"}
VECTORS = json.loads((ROOT / "tests/systems/jobsources/vectors.json").read_text(encoding="utf-8"))


def offer(number: int | None = None, **changes: Any) -> dict[str, Any]:
    """A job offer; with no number it is new."""
    told = str(number or uuid4().int)
    return (
        {"url": f"https://it.pracuj.pl/praca/job,oferta,{told}", "sourceId": told} | JOB | changes
    )


@dataclass
class Apis:
    """What stands around APIs; `env` is what they are told."""

    warm: Warm
    dsn: str
    store: psycopg.Connection[dict[str, Any]]
    sink: Server
    folder: Path
    env: dict[str, str]
    ports: Ports = field(default_factory=Ports)
    started: list[Api] = field(default_factory=list)
    #: Who → what an API gave them; any other one takes it, too.
    tokens: dict[str, str] = field(default_factory=dict)

    def start(self, fault: str = "", **env: str) -> Api:
        """An API that listens."""
        api = self.attempt(fault, **env)
        until(lambda: api.listens() or self.warm.has_ended(api.fork))
        assert api.listens(), api.log()
        return api

    def attempt(self, fault: str = "", **env: str) -> Api:
        """An API that may not start at all; a variable that is empty is not set."""
        port = self.ports.take()
        told = {"PORT": str(port), **self.env, **env}
        name = f"api-{port}"
        fork = self.warm.start("api", told, self.folder, fault=fault, name=name)
        url = f"http://127.0.0.1:{told['PORT']}"
        client = httpx.Client(base_url=url, timeout=30, trust_env=False, verify=NO_TLS)
        api = Api(self, fork, client, fault)
        self.started.append(api)
        return api

    def sql(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What a query of the test's own gives."""
        cursor = self.store.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """No runs, and a worker that takes everything."""
        self.sink.respond = taken
        self.sink.asked.clear()
        self.sink.is_open.set()
        self.sql("DELETE FROM job_source_runs; DELETE FROM job_offers")

    def end(self, before: int = 0) -> None:
        """End all that were started, but so many that were there before."""
        while len(self.started) > before:
            self.started[-1].end()


@dataclass
class Api:
    """A process, and how it is spoken to."""

    apis: Apis
    fork: Fork
    client: httpx.Client
    fault: str = ""
    #: The wire to its store, where there is one.
    wire: Wire | None = None

    def log(self) -> str:
        """What it has logged."""
        return self.fork.log.read_text()

    def listens(self) -> bool:
        """Whether it answers."""
        with suppress(httpx.TransportError):
            self.client.get("/")
            return True
        return False

    def login(self, who: str, password: str = PASSWORD) -> httpx.Response:
        """Log in."""
        body = {"email": f"{who}@jobs.example", "password": password}
        return self.client.post("/api/auth/login", json=body)

    def as_(self, who: str) -> dict[str, str]:
        """What somebody sends to be known; nothing for nobody."""
        tokens = self.apis.tokens
        if who and who not in tokens:
            answer = self.login(who)
            assert answer.status_code == 201, answer.text
            tokens[who] = answer.json()["data"]["accessToken"]
        return {"Authorization": f"Bearer {tokens[who]}"} if who else {}

    def get(self, path: str, who: str = "a") -> httpx.Response:
        """GET as somebody."""
        return self.client.get(path, headers=self.as_(who))

    def post(self, path: str, body: Any = None, who: str = "a") -> httpx.Response:
        """POST as somebody."""
        return self.client.post(path, json=body, headers=self.as_(who))

    def scrape(self, who: str = "a", **changes: Any) -> httpx.Response:
        """Ask for a scrape."""
        url = f"https://it.pracuj.pl/praca/{uuid4().hex};kw"
        return self.post(
            "/api/job-sources/scrape", {"listingUrl": url, "forceRefresh": True} | changes, who
        )

    def begin(self, who: str = "a") -> str:
        """A run that the worker took."""
        answer = self.scrape(who)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["sourceRunId"])

    def failed(self, who: str = "a") -> str:
        """A run that failed."""
        run_id = self.begin(who)
        assert self.complete(run_id, status="FAILED", error="[network] x").status_code == 201
        return run_id

    def run(self, run_id: str, who: str = "a") -> dict[str, Any]:
        """A run as its user sees it."""
        answer = self.get(f"{RUNS}/{run_id}", who)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def status(self, run_id: str) -> str:
        """What a run has come to."""
        return str(self.run(run_id)["status"])

    def retry(self, run_id: str, who: str = "a") -> httpx.Response:
        """Have a run tried again."""
        return self.post(f"{RUNS}/{run_id}/retry", who=who)

    def complete(self, run_id: str, **more: Any) -> httpx.Response:
        """How a run ended; `headers` go over the signed ones, what else is told goes into the body."""
        headers = more.pop("headers", {})
        body = {"sourceRunId": run_id, "eventId": str(uuid4()), "status": "COMPLETED"} | more
        body = {name: value for name, value in body.items() if value is not None}
        parts = parts_of(run_id, body.get("status", "COMPLETED"), body)
        return self.callback(COMPLETE, body, parts, **headers)

    def beat(self, run_id: str, at: float | None = None, **body: Any) -> httpx.Response:
        """A sign of life, signed at a second; now unless it is said."""
        parts = signatures.heartbeat(run_id, body.get("runId", ""), "req-1")
        return self.callback(f"{RUNS}/{run_id}/heartbeat", body, parts, at=at)

    def ingest(self, run_id: str, *jobs: Mapping[str, Any]) -> httpx.Response:
        """Offers before the end."""
        body = {"sourceRunId": run_id, "eventId": str(uuid4()), "source": "pracuj-pl-it"}
        parts = parts_of(run_id, signatures.INGEST, body)
        return self.callback(f"{RUNS}/{run_id}/offers/batch", {**body, "jobs": jobs}, parts)

    def callback(
        self,
        path: str,
        body: Any,
        parts: signatures.Parts,
        at: float | None = None,
        **headers: str | None,
    ) -> httpx.Response:
        """A signed request; a header that is None is left out."""
        signed = signatures.headers(SECRET, parts, now_seconds=time.time() if at is None else at)
        told = {"x-request-id": parts.request_id or None} | signed | headers
        sent = {name: value for name, value in told.items() if value is not None}
        return self.client.post(path, content=json.dumps(body), headers=sent)

    def metrics(self) -> dict[str, Any]:
        """The numbers, as an admin sees them."""
        answer = self.get("/api/ops/metrics", "admin")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def series(self) -> dict[str, float]:
        """The numbers, as Prometheus sees them."""
        answer = self.client.get("/metrics", headers={"Authorization": f"Bearer {OPS}"})
        assert answer.status_code == 200, answer.text
        lines = [line.rpartition(" ") for line in answer.text.splitlines() if line[0] != "#"]
        return {name: float(value) for name, _, value in lines}

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Its exit code, once it was ended."""
        if self in self.apis.started:
            self.apis.started.remove(self)
        self.client.close()
        self.apis.ports.give_back(int(str(self.client.base_url.port)))
        return self.apis.warm.end(self.fork, number)


def parts_of(run_id: str, status: str, body: Mapping[str, Any]) -> signatures.Parts:
    """What a callback's signature covers."""
    return signatures.Parts(
        source_run_id=run_id,
        status=status,
        run_id=body.get("runId", ""),
        request_id="req-1",
        event_id=body.get("eventId", ""),
    )


def taken(_asked: Asked) -> tuple[int, str]:
    """A worker that takes every task."""
    return 202, '{"ok":true,"status":"accepted"}'


def answering(*statuses: int) -> Callable[[Asked], tuple[int, str]]:
    """A worker that answers so, and then as it did last."""
    left = list(statuses)
    return lambda _: (left.pop(0) if len(left) > 1 else left[0], "{}")


@contextmanager
def apis(warm: Warm, dsn: str, folder: Path) -> Iterator[Apis]:
    """A store with its tables, a worker that takes everything, and no API yet."""
    with (
        serving(taken) as sink,
        psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as store,
    ):
        env = {
            "NODE_ENV": "test",
            "HOST": "127.0.0.1",
            "DATABASE_URL": dsn,
            "ACCESS_TOKEN_SECRET": "access-secret-1",
            "REFRESH_TOKEN_SECRET": "refresh-secret-1",
            "WORKER_TASK_URL": f"{sink.url}/tasks",
            "WORKER_AUTH_TOKEN": TASKS,
            "WORKER_CALLBACK_URL": f"http://127.0.0.1:3000{COMPLETE}",
            "WORKER_CALLBACK_SIGNING_SECRET": SECRET,
            "OPS_INTERNAL_TOKEN": OPS,
            "SEED_USERS": json.dumps(USERS),
            # What somebody was given once serves all tests, however long they take.
            "ACCESS_TOKEN_EXPIRATION": "1d",
            # A busy machine is no outage.
            "HEALTH_CHECK_TIMEOUT_MS": "20000",
            **RAISED,
        }
        found = Apis(warm, dsn, store, sink, folder, env)
        try:
            yield found
        finally:
            found.end()
            found.ports.close()
