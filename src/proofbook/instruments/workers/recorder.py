"""Every call of every worker, written down before it is sent and again when it is answered."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from proofbook.history import Event, History, Kind, Outcome
from proofbook.instruments.workers.queue import Accepted, JobState, Lease, Rejected, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.instruments.workers.queue import Queue

Answer = TypeVar("Answer")

#: Who looks at jobs from outside, and puts them in.
SUITE = "suite"
#: Who does harm to the system itself.
NEMESIS = "nemesis"


class Recorder:
    """
    Calls a queue on behalf of workers and keeps the history of it; safe in any number of threads.

    The one clock is this process's monotonic one. An exception of the adapter leaves its call `unknown`
    in the history and goes on to the caller.
    """

    def __init__(self, plan: Mapping[str, object]) -> None:
        self.history = History(plan)
        self._lock = threading.Lock()

    def enqueue(self, queue: Queue, key: str) -> str | Rejected | Unknown:
        """Put a job in under the suite's key."""
        return self._call(_event(Kind.ENQUEUE, detail=key), lambda: queue.enqueue(key))

    def claim(self, queue: Queue, worker: str, instance: str) -> Lease | Rejected | Unknown | None:
        """Ask for a job."""
        return self._call(_event(Kind.CLAIM, worker), lambda: queue.claim(worker, instance))

    def heartbeat(self, queue: Queue, lease: Lease) -> Accepted | Rejected | Unknown:
        """Ask to go on holding a job."""
        return self._call(_of(lease, Kind.HEARTBEAT), lambda: queue.heartbeat(lease))

    def complete(self, queue: Queue, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report success."""
        return self._call(_of(lease, Kind.COMPLETE), lambda: queue.complete(lease))

    def fail(self, queue: Queue, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report a failure."""
        return self._call(_of(lease, Kind.FAIL), lambda: queue.fail(lease))

    def state(
        self, queue: Queue, job: str, kind: Kind = Kind.READ
    ) -> JobState | Rejected | Unknown:
        """Look at a job; `kind` says whether it is the last look."""
        return self._call(_event(kind, job=job), lambda: queue.state(job))

    def count(self, look: Callable[[], Mapping[str, int]]) -> Mapping[str, int]:
        """Look at the whole queue: the number of jobs by state, all states together being all jobs."""
        return self._call(_event(Kind.COUNT), look)

    def note(self, kind: Kind, lease: Lease) -> None:
        """Write down what befell a holder: it died, or froze."""
        self._call(_of(lease, kind), Accepted)

    def trouble(self, what: str, strike: Callable[[], Answer]) -> Answer:
        """Write down what a nemesis does to the system, from the stroke until it is healed."""
        return self._call(_event(Kind.TROUBLE, NEMESIS, detail=what), strike)

    def _call(self, event: Event, call: Callable[[], Answer]) -> Answer:
        with self._lock:
            event = event._replace(invoked_ns=time.monotonic_ns())
            row = self.history.add(event)
        try:
            answer = call()
        except BaseException as error:
            self._settle(row, event._replace(detail=f"{type(error).__name__}: {error}"))
            raise
        self._settle(row, answered(event, answer)._replace(returned_ns=time.monotonic_ns()))
        return answer

    def _settle(self, row: int, event: Event) -> None:
        with self._lock:
            self.history.settle(row, event)


def answered(event: Event, answer: object) -> Event:
    """The event with what an answer says about it; `TypeError` for what no queue may answer."""
    match answer:
        case Rejected(code):
            return event._replace(outcome=Outcome.REJECTED, detail=code)
        case Unknown(why):
            return event._replace(detail=why)
    event = event._replace(outcome=Outcome.OK)
    match answer:
        case None:
            pass
        case str(job):
            event = event._replace(job=job)
        case Lease(job=job, token=token):
            event = event._replace(job=job, token=token)
        case Accepted(phase):
            event = event._replace(detail="" if phase is None else phase.value)
        case JobState(phase=phase, attempts=attempts):
            event = event._replace(token=attempts, detail=phase.value)
        case dict(counts):
            words = ", ".join(f"{count} {state}" for state, count in counts.items())
            event = event._replace(token=sum(counts.values()), detail=words)
        case _:
            raise TypeError(f"a queue does not answer {answer!r} to {event.kind}")
    return event


def _event(kind: Kind, worker: str = SUITE, *, job: str | None = None, detail: str = "") -> Event:
    return Event(kind, job, worker, None, 0, None, Outcome.UNKNOWN, detail)


def _of(lease: Lease, kind: Kind) -> Event:
    return Event(kind, lease.job, lease.worker, lease.token, 0, None, Outcome.UNKNOWN)
