"""A worker of a test's own, the API and the site around it, and the calls that tests make on it."""

from __future__ import annotations

import json
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from systems.jobsources import signatures
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import api, serving, site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.stack.ports import Ports
    from tests.systems.jobsources.forks import Fork, Warm
    from tests.systems.jobsources.servers import Asked, Server

TOKEN, SECRET = "task-token-1", "sign-secret-1"
COMPLETE, BEATS = "/api/job-sources/complete", "/beats"
LISTING = "https://it.pracuj.pl/praca/python;kw"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Bench:
    """What stands around workers; `env` is what they are told."""

    warm: Warm
    ports: Ports
    sink: Server
    site: Server
    folder: Path
    env: dict[str, str]
    started: list[Worker] = field(default_factory=list)

    @property
    def letters(self) -> list[Path]:
        """The dead letters, by name."""
        return sorted(self.folder.glob("letters/*.json"))

    def worker(self, fault: str = "", **env: str) -> Worker:
        """A worker that listens."""
        worker = self.attempt(fault, **env)
        until(lambda: worker.listens() or self.warm.has_ended(worker.fork))
        assert worker.listens(), worker.fork.log.read_text()
        return worker

    def attempt(self, fault: str = "", **env: str) -> Worker:
        """A worker that may not start at all."""
        told = {"PORT": str(self.ports.take()), **self.env, **env}
        name = f"worker-{len(self.started)}"
        fork = self.warm.start("worker", told, self.folder, fault=fault, name=name)
        url = f"http://127.0.0.1:{told['PORT']}"
        worker = Worker(self, fork, httpx.Client(base_url=url, timeout=30, trust_env=False))
        self.started.append(worker)
        return worker

    def command(self, module: str, fault: str = "", **env: str) -> tuple[int, str, str]:
        """A command, run to its end: exit code, what it printed, what it complained of."""
        fork = self.warm.start(module, self.env | env, self.folder, fault=fault)
        code = self.warm.wait(fork)
        return code, fork.out.read_text(), fork.log.read_text()

    def write_letter(self, name: str, payload: Any, **changes: Any) -> None:
        """A letter, as some worker may have left it."""
        (self.folder / "letters").mkdir(exist_ok=True)
        letter = {"callbackUrl": self.sink.url + COMPLETE, "payload": payload, **changes}
        (self.folder / "letters" / f"{name}.json").write_text(json.dumps(letter))

    def callbacks(self, path: str = COMPLETE) -> list[Asked]:
        """The callbacks that arrived."""
        return self.sink.to(path)


@dataclass
class Worker:
    """A process, and how it is spoken to."""

    bench: Bench
    fork: Fork
    client: httpx.Client

    def listens(self) -> bool:
        """Whether it answers."""
        try:
            self.client.get("/health")
        except httpx.TransportError:
            return False
        return True

    def numbers(self) -> dict[str, int]:
        """What health says of the queue."""
        told: dict[str, int] = self.client.get("/health").json()["queue"]
        return told

    def load(self) -> tuple[int, int]:
        """How many run, how many wait."""
        told = self.numbers()
        return told["active"], told["queued"]

    def task(self, **changes: Any) -> dict[str, Any]:
        """A task; what is None is left out."""
        body = {
            "source": "pracuj-pl-it",
            "sourceRunId": str(uuid4()),
            "requestId": "req-1",
            "listingUrl": LISTING,
            "callbackUrl": self.bench.sink.url + COMPLETE,
            "heartbeatUrl": self.bench.sink.url + BEATS,
        } | changes
        return {name: value for name, value in body.items() if value is not None}

    def post(self, body: Any = None, **changes: Any) -> httpx.Response:
        """Hand it a task."""
        task = self.task(**changes) if body is None else body
        return self.client.post("/tasks", json=task, headers=AUTH)

    def run(self, **changes: Any) -> Asked:
        """A task's callback, once it was handed in."""
        before = len(self.bench.callbacks())
        assert self.post(**changes).status_code == 202
        until(lambda: len(self.bench.callbacks()) > before)
        return self.bench.callbacks()[before]

    def replay(self) -> Any:
        """What a replay says."""
        answer = self.client.post("/callbacks/replay", headers=AUTH)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def is_idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self.load() == (0, 0)

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Its exit code, once it was ended."""
        return self.bench.warm.end(self.fork, number)


@contextmanager
def bench(warm: Warm, ports: Ports, folder: Path) -> Iterator[Bench]:
    """An API that takes all, a site that has all, and no worker yet."""
    env = {
        "HOST": "127.0.0.1",
        "TASKS_AUTH_TOKEN": TOKEN,
        "WORKER_CALLBACK_SIGNING_SECRET": SECRET,
        "WORKER_CALLBACK_RETRY_BACKOFF_MS": "100",
        "WORKER_CALLBACK_RETRY_JITTER_PCT": "0",
        "WORKER_DEAD_LETTER_DIR": str(folder / "letters"),
        "PRACUJ_LISTING_DELAY_MS": "0",
        "PRACUJ_DETAIL_DELAY_MS": "0",
    }
    with serving(api) as sink, serving(site) as source:
        env["PRACUJ_SOURCE_ORIGIN"] = source.url
        found = Bench(warm, ports, sink, source, folder, env)
        try:
            yield found
        finally:
            for worker in found.started:
                worker.end()
                worker.client.close()
                ports.give_back(int(worker.client.base_url.port or 0))


def is_signed(asked: Asked, status: str, *, event: str = "", secret: str = SECRET) -> bool:
    """Whether a callback carries a signature that counts now."""
    body = asked.body
    parts = signatures.Parts(
        source_run_id=body.get("sourceRunId", ""),
        status=status,
        run_id=body.get("runId", ""),
        request_id=asked.headers.get("x-request-id", ""),
        event_id=event or body.get("eventId", ""),
    )
    gate = signatures.Gate(secret=secret, tolerance_seconds=30)
    try:
        gate.check(asked.headers, parts, now_seconds=time.time())
    except signatures.SignatureRefused:
        return False
    return True
