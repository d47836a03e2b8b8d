"""
A handler at work, and the heartbeats that keep its lease meanwhile.

A heartbeat that the API refuses means that the job is somebody else's now: the handler is told to stop, and its
outcome is nobody's.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.coreos import handlers
from systems.coreos.api_client import ApiError
from systems.coreos.claimed import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from systems.coreos.claimed import Claimed, Outcome
    from systems.coreos.handlers import Job


@dataclass(frozen=True, slots=True)
class Lost:
    """The lease is gone; `reason` is what the API said."""

    reason: str


def run(
    job: Claimed, *, beat: Callable[[], None], missed: Callable[[ApiError], None], every: float
) -> Outcome | Lost:
    """
    Run a job's handler to its end, or until its lease is lost.

    `beat` sends one heartbeat; it is called each `every` seconds. `missed` is told of one that got no answer, or
    one that says nothing of the lease.
    """
    try:
        fields = job.fields
    except ValueError as error:
        return _failure(error)
    work = handlers.Job(type=job.type, trace_id=job.trace_id, attempt=job.attempt, payload=fields)
    ends: list[Outcome | Lost] = []
    over = threading.Event()

    def end(outcome: Outcome | Lost) -> None:
        ends.append(outcome)
        over.set()

    def keep_lease() -> None:
        while not over.wait(every):
            try:
                beat()
            except ApiError as error:
                if error.is_refusal:
                    end(Lost(str(error)))
                else:
                    missed(error)

    for target in (lambda: end(_perform(work)), keep_lease):
        threading.Thread(target=target, daemon=True).start()
    over.wait()
    # Only the first end counts: a handler that is told to stop ends too.
    work.stopped.set()
    return ends[0]


def _perform(work: Job) -> Outcome:
    try:
        return handlers.run(work)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its job's failure, not the worker's
        return _failure(error)


def _failure(error: Exception) -> Failure:
    return Failure(word="EXEC_FAIL", code="EXECUTION_ERROR", message=str(error))
