"""
Where a process sends what it sends, played by the suite: by script, and everything is kept.

    sink.answer(429); sink.script(429, 429, 202)     from now on; one after the other, the last for good
    sink.hold(); sink.release()                      take requests, and answer them later
    sink.refuse(); sink.accept()                     the port is closed, and opened again
    deployment.sink.tasks()                          WorkerSink: what the API handed on, oldest first
    api_sink.callbacks(run)                          ApiSink: what a worker told of a run
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from checks.jobsources.adapter_callbacks import BATCH, COMPLETE, HEARTBEAT, OFFERS
from proofbook.instruments.servers import FakeServer
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from proofbook.instruments.exchanges import Exchange, Received
    from proofbook.instruments.servers import Answer


class Sink(FakeServer):
    """It answers as it was told last."""

    #: What it answers until it is told otherwise.
    usual: Answer = (200, {})

    def __init__(self) -> None:
        self._answers: list[Answer] = [self.usual]
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        super().__init__(self._reply)

    def close(self) -> None:
        """Let go whoever waits, and close."""
        self._open.set()
        super().close()

    def reset(self) -> None:
        """Answer as in the beginning."""
        self.script(self.usual)
        self.release()
        self.accept()

    def answer(self, status: int, body: Any = "{}") -> None:
        """Answer each request with this from now on."""
        self.script((status, body))

    def script(self, *answers: int | Answer) -> None:
        """Answer one after the other, and the last for good; a number is a status with `{}`."""
        told = [(each, "{}") if isinstance(each, int) else each for each in answers]
        with self._lock:
            self._answers = told

    def hold(self) -> None:
        """Answer nothing until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer whoever waits, and all others."""
        self._open.set()

    def refuse(self) -> None:
        """Take no connection, and end those that stand: who keeps them open is refused, too."""
        self.listener.refuse()
        self.listener.cut()

    def accept(self) -> None:
        """Take connections again."""
        self.listener.accept()

    def _reply(self, _: Received) -> Answer:
        while not self._open.wait(0.05) and not self.listener.closing.is_set():
            pass
        with self._lock:
            return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class WorkerSink(Sink):
    """Stands where the API sends its tasks; it takes them, and does nothing."""

    usual = (202, {"ok": True, "status": "accepted"})

    @property
    def task_url(self) -> str:
        """What the API is told as `WORKER_TASK_URL`."""
        return f"{self.url}/tasks"

    def tasks(self, run: str | None = None) -> list[dict[str, Any]]:
        """The payloads that were handed on, or those of one run."""
        told = [_payload(exchange) for exchange in self.exchanges() if exchange.method == "POST"]
        return [each for each in told if run in (None, each.get("sourceRunId"))]


class ApiSink(Sink):
    """Stands where a worker sends callbacks; it takes them all."""

    usual = (
        201,
        {
            "success": True,
            "data": {"ok": True, "status": "COMPLETED", "inserted": 0, "idempotent": False},
        },
    )

    def addresses(self, run: str) -> dict[str, str]:
        """What a task says of where its callbacks go."""
        return {
            "callbackUrl": self.url + COMPLETE,
            "heartbeatUrl": self.url + HEARTBEAT.replace("{id}", run),
            "ingestUrl": self.url + OFFERS.replace("{id}", run),
        }

    def callbacks(self, run: str, *paths: str) -> list[Exchange]:
        """What was told of a run, oldest first; at these paths of the contract, or at all."""
        wanted = [
            path.replace("{id}", run) for path in paths or (COMPLETE, HEARTBEAT, OFFERS, BATCH)
        ]
        return [
            exchange
            for exchange in self.exchanges()
            if exchange.path in wanted and run in exchange.path + exchange.request_body.decode()
        ]

    def ended(self, run: str, within_seconds: float = 20) -> list[Exchange]:
        """The ends that were told of a run, once there is one or time is up."""
        return until(lambda: self.callbacks(run, COMPLETE), bool, within_seconds)


def _payload(exchange: Exchange) -> dict[str, Any]:
    """What a task says, in its envelope or bare."""
    told = json.loads(exchange.request_body)
    held: dict[str, Any] = told.get("payload", told)
    return held
