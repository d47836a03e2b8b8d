"""
What a queue must be able to do for a fleet of workers to try it: the adapter's few functions.

An adapter is one connection of one worker. Its calls block, are bounded in time, and say how they
ended: an answer that changed something, a refusal that changed nothing, or `Unknown` whenever the
caller cannot tell (connection lost, timed out, a 5xx). An adapter that guesses "refused" after a
timeout makes a correct queue look wrong; one that says `Unknown` too often only sees less.
Whatever else an adapter raises ends the run and is raised to its caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from proofbook.history import Phase


@dataclass(frozen=True, slots=True)
class Accepted:
    """It took effect, or had already: an idempotent repeat is accepted too."""

    #: Where the queue says the job stands now; `None` where the answer does not tell.
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """It was refused and changed nothing; `code` is the queue's word: `409 STALE_LEASE`."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have taken effect, or may yet; `why` is what came instead of an answer."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A job handed to a worker."""

    job: str
    #: The attempt number, 1 at the first claim: the fencing token of whatever the holder does.
    token: int
    worker: str
    #: Which process of that name: a restarted worker has another.
    instance: str
    #: What the adapter needs to answer for this job (ticket, trace id); nobody else looks at it.
    carried: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job as the queue shows it."""

    #: The queue's own word.
    status: str
    phase: Phase
    #: Claims so far; `None` where the queue does not show it.
    attempts: int | None = None
    holder: str | None = None


class Queue(Protocol):
    """One connection to a queue with leases; used by one thread at a time."""

    def enqueue(self, key: str) -> str | Rejected | Unknown:
        """Put a job in under the suite's own `key` (use it as idempotency key, if there is one); its id."""
        ...

    def claim(self, worker: str, instance: str) -> Lease | Rejected | Unknown | None:
        """Ask for one job; `None` when the queue says that there is none to hand out."""
        ...

    def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Ask to go on holding the job."""
        ...

    def complete(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report success; the same call again is the same report."""
        ...

    def fail(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report a failure that may be retried."""
        ...

    def state(self, job: str) -> JobState | Rejected | Unknown:
        """Look at a job without changing it; `Rejected` when there is no such job."""
        ...


class Connect(Protocol):
    """How each worker gets a connection of its own: `with connect() as queue`."""

    def __call__(self) -> AbstractContextManager[Queue]:
        """A fresh connection, closed on exit."""
        ...
