"""What the jobs do: a handler takes a job and gives its result, or raises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from systems.chassis.canonical import is_number

if TYPE_CHECKING:
    from collections.abc import Mapping

HANG_SECONDS = 300


class ExecutionError(Exception):
    """A handler could not do its job; its text goes into the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a handler is given."""

    type: str
    trace_id: str
    attempt: int
    payload: Mapping[str, object]
    #: Set when nobody wants the outcome any more: whoever waits, waits on this.
    stopped: threading.Event = field(default_factory=threading.Event)


Handler = Callable[[Job], dict[str, object]]


def run(job: Job) -> dict[str, object]:
    """Do a job. Raises ExecutionError."""
    handler = HANDLERS.get(job.type)
    if handler is None:
        raise ExecutionError(f"unknown jobType: {job.type}")
    return handler(job)


def _tick(job: Job) -> dict[str, object]:
    message = "Scheduler tick processed (stub)"
    return {"message": message, "tickProcessed": True, "traceId": job.trace_id}


def _index(job: Job) -> dict[str, object]:
    message = "Index build completed (stub)"
    return {"indexBuilt": True, "message": message, "traceId": job.trace_id}


def _webhook(job: Job) -> dict[str, object]:
    message = "Webhook processed (stub)"
    return {"message": message, "traceId": job.trace_id, "webhookProcessed": True}


def _hang(job: Job) -> dict[str, object]:
    seconds = _number(job, "hangSec", HANG_SECONDS)
    job.stopped.wait(seconds)
    return {"hangSec": seconds, "hung": True, "traceId": job.trace_id}


def _fail_n_times(job: Job) -> dict[str, object]:
    count = _number(job, "failCount", 1)
    if job.attempt <= count:
        raise ExecutionError(f"intentional test failure (failCount={count})")
    return {"testPassed": True, "traceId": job.trace_id}


def _number(job: Job, name: str, default: float) -> float:
    value = job.payload.get(name, default)
    if not is_number(value) or not 0 <= value <= threading.TIMEOUT_MAX:
        raise ExecutionError(f"{name} must be a number of 0 or more")
    return value


HANDLERS: Mapping[str, Handler] = {
    "scheduler.tick": _tick,
    "index.build": _index,
    "webhook.process": _webhook,
    "__test.hang": _hang,
    "__test.fail_n_times": _fail_n_times,
}
