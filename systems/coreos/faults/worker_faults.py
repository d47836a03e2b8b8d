"""How a worker is broken: its pace, its heartbeats, its logs, its connections."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.coreos.faults.seams import Fault, around, ids, value

if TYPE_CHECKING:
    import logging

HEARTBEAT = "/api/jobs/heartbeat"


def _quiet(*words: str) -> Any:
    """A log without the lines that hold one of these words."""

    def wrap(format_: Any) -> Any:
        def formatted(formatter: Any, record: logging.LogRecord) -> str:
            line: str = format_(formatter, record)
            return "" if any(word in line for word in words) else line

        return formatted

    return wrap


def _nameless(format_: Any) -> Any:
    def formatted(formatter: Any, record: logging.LogRecord) -> str:
        return " ".join(word.partition("job=")[0] for word in format_(formatter, record).split(" "))

    return formatted


def _errorless(format_: Any) -> Any:
    def formatted(formatter: Any, record: logging.LogRecord) -> str:
        return str(format_(formatter, record)).partition(" err=")[0]

    return formatted


def _listening(init: Any) -> Any:
    def started(worker: Any, settings: Any) -> None:
        init(worker, settings)
        worker.door = socket.create_server(("127.0.0.1", 0))

    return started


def _reaching(init: Any) -> Any:
    """A connection to something that is not the API, as to a store."""

    def started(worker: Any, settings: Any) -> None:
        init(worker, settings)
        worker.door = socket.create_server(("127.0.0.1", 0))
        worker.line = socket.create_connection(worker.door.getsockname())
        worker.end, _ = worker.door.accept()
        worker.door.close()

    return started


def _asking_more(tick: Any) -> Any:
    def ticked(worker: Any) -> None:
        from systems.coreos.api_client import ApiError

        tick(worker)
        with suppress(ApiError):
            worker._api.post("/api/jobs/list", {})

    return ticked


def _silent_when_ending(run: Any) -> Any:
    """No heartbeat is sent any more once the process was told to end."""

    def started(worker: Any, job: Any) -> Any:
        post = worker._api.post

        class Silenced:
            def post(self, path: str, fields: dict[str, object]) -> dict[str, object]:
                if path == HEARTBEAT and worker.ending.is_set():
                    return {}
                answer: dict[str, object] = post(path, fields)
                return answer

        plain, worker._api = worker._api, Silenced()
        try:
            return run(worker, job)
        finally:
            worker._api = plain

    return started


def _keeping_results(post: Any) -> Any:
    def posted(client: Any, path: str, fields: dict[str, object]) -> Any:
        return {} if path.endswith("/result") else post(client, path, fields)

    return posted


def _failing(handlers: Any) -> Any:
    def fail(_: Any) -> dict[str, object]:
        from systems.coreos.handlers import ExecutionError

        raise ExecutionError("intentional test failure (failCount=1)")

    return {**handlers, "__test.fail_n_times": fail}


def _paced(**seconds: float) -> Any:
    """A pace of its own, whatever is said."""

    def wrap(read: Any) -> Any:
        def told(environ: Any) -> Any:
            return replace(read(environ), **seconds)

        return told

    return around("systems.coreos.worker_settings:read", wrap)


PLAIN = "systems.chassis.logs:PlainFormatter.format"
FAULTS = (
    Fault(
        name="worker-listens",
        process="worker",
        breaks=ids("worker-only-polls-out"),
        reason="127.0.0.1",
        plant=around("systems.coreos.polling:Worker.__init__", _listening),
    ),
    Fault(
        name="worker-calls-another-path",
        process="worker",
        breaks=ids("worker-only-polls-out"),
        reason="/api/jobs/list",
        plant=around("systems.coreos.polling:Worker._tick", _asking_more),
    ),
    Fault(
        name="worker-connects-elsewhere",
        process="worker",
        breaks=ids("only-api-touches-store"),
        reason="127.0.0.1",
        plant=around("systems.coreos.polling:Worker.__init__", _reaching),
    ),
    Fault(
        name="worker-posts-no-result",
        process="worker",
        breaks=ids("worker-executes-and-reports", "expired-lease-reclaimed"),
        plant=around("systems.coreos.api_client:ApiClient.post", _keeping_results),
    ),
    Fault(
        name="worker-never-succeeds",
        process="worker",
        breaks=ids("worker-executes-and-reports"),
        reason="DEAD",
        plant=around("systems.coreos.handlers:HANDLERS", _failing),
    ),
    Fault(
        name="worker-ignores-lost-lease",
        process="worker",
        breaks=ids("lost-lease-changes-nothing"),
        reason="['OK'] == ['nothing']",
        plant=value("systems.coreos.api_client:ApiError.is_refusal", new=False),
    ),
    Fault(
        name="worker-stops-heartbeats-at-sigterm",
        process="worker",
        breaks=ids("rollback-loses-nothing"),
        reason="PROCESSING",
        plant=around("systems.coreos.polling:Worker._run", _silent_when_ending),
    ),
    Fault(
        name="worker-polls-too-often",
        process="worker",
        breaks=ids("workers-poll-steadily"),
        reason="gap is ",
        plant=_paced(poll_seconds=2),
    ),
    Fault(
        name="worker-beats-too-seldom",
        process="worker",
        breaks=ids("heartbeats-logged"),
        reason="heartbeats is ",
        plant=_paced(heartbeat_seconds=14),
    ),
    Fault(
        name="worker-logs-no-heartbeat",
        process="worker",
        breaks=ids("heartbeats-logged"),
        reason="heartbeats is ",
        plant=around(PLAIN, _quiet("heartbeat sent")),
    ),
    Fault(
        name="worker-logs-no-job",
        process="worker",
        breaks=ids("worker-log-names-stuck-job", "worker-log-shows-error"),
        plant=around(PLAIN, _nameless),
    ),
    Fault(
        name="worker-swallows-errors",
        process="worker",
        breaks=ids("worker-log-shows-error"),
        reason="no line holds",
        plant=around(PLAIN, _errorless),
    ),
    Fault(
        name="worker-swallows-claim-errors",
        process="worker",
        breaks=ids("unreachable-api-logged", "refusal-logged"),
        plant=around(PLAIN, _quiet("Claim error")),
    ),
)
