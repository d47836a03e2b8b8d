"""
A queue in memory that keeps every promise, and faults by which it keeps one no more.

`Store` is the queue itself: each method is one transaction by the store's clock. `Connection` puts a
network before it that is slow and forgets, for threads in real time; the simulation of the history's
tests puts another, in time of its own.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from proofbook.history import Phase
from proofbook.instruments.workers import Accepted, JobState, Lease, Rejected, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.history import Promises

Answer = TypeVar("Answer")

#: Each fault, and the rules of which any must find it.
FAULTS = {
    # The completion is fenced by less than attempt and lease.
    "no-fencing": {"Q4", "Q5"},
    "state-fencing": {"Q4"},
    "name-fencing": {"Q4"},
    # Two readers of one moment take the same row.
    "claim-unlocked": {"Q3"},
    "token-repeated": {"Q1"},
    "token-skipped": {"Q2"},
    "dead-early": {"Q9"},
    "dead-never": {"Q9"},
    "never-reclaimed": {"Q7"},
    "reclaimed-late": {"Q11"},
    "job-dropped": {"Q7"},
    "done-revived": {"Q6"},
    "heartbeat-ignored": {"Q3"},
    "worker-clock": {"Q3"},
    "holder-refused": {"Q12"},
    "repeat-refused": {"Q5"},
    "rest-skipped": {"Q10"},
    "rest-too-long": {"Q10"},
    "key-doubled": {"Q17"},
}


@dataclass(slots=True)
class Row:
    """A job as the store keeps it."""

    phase: Phase = Phase.READY
    attempts: int = 0
    holder: str | None = None
    #: While leased, when the lease ends; while ready, when the rest does.
    until: float = 0.0
    #: What was answered to each report that was taken.
    accepted: dict[tuple[str, int, str], Accepted] = field(default_factory=dict)


class Store:
    """The queue: jobs in order of arrival, leases by its own clock."""

    def __init__(
        self,
        promises: Promises,
        fault: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
        dice: random.Random | None = None,
    ) -> None:
        assert fault in {"", *FAULTS}
        self.promises, self.fault, self.clock = promises, fault, clock
        self.dice = dice or random.Random(0)
        self.rows: dict[str, Row] = {}
        self.numbers = count()
        self.keys: dict[str, str] = {}
        #: Side effects that the outside took: job and token, once for each completion that was taken.
        self.ledger: list[tuple[str, int]] = []

    def enqueue(self, key: str) -> str:
        """A job for each key."""
        job = self.keys.get(key)
        if job is None or self.fault == "key-doubled":
            job = self.keys[key] = f"job-{next(self.numbers)}"
            self.rows[job] = Row()
        return job

    def claim(self, worker: str) -> Lease | None:
        """The first job that is due."""
        now, most = self.clock(), self.promises.max_attempts or 0
        for job, row in self.rows.items():
            if not self._is_due(row, now):
                continue
            if row.phase is Phase.LEASED and row.attempts >= most and self.fault != "dead-never":
                row.phase = Phase.DEAD
                continue
            self._hand_out(row, worker, now)
            if self.fault == "job-dropped" and row.attempts > 1:
                del self.rows[job]
            return Lease(job=job, token=row.attempts, worker=worker, instance="")
        return None

    def _is_due(self, row: Row, now: float) -> bool:
        if row.phase is Phase.LEASED:
            late = 4 * self.promises.lease_seconds if self.fault == "reclaimed-late" else 0
            return row.until + late <= now and self.fault != "never-reclaimed"
        if row.phase is Phase.DONE:
            return self.fault == "done-revived" and row.attempts == 1
        return row.phase is Phase.READY and (row.until <= now or self.fault == "rest-skipped")

    def _hand_out(self, row: Row, worker: str, now: float) -> None:
        row.attempts += (
            {"token-skipped": 2, "token-repeated": 0}.get(self.fault, 1) if row.attempts else 1
        )
        row.phase, row.holder = Phase.LEASED, worker
        row.until = now + self.promises.lease_seconds
        if self.fault == "worker-clock":
            row.until += self.dice.uniform(-2, 0) * self.promises.lease_seconds
        if self.fault == "claim-unlocked" and self.dice.random() < 0.5:
            row.until = now

    def heartbeat(self, lease: Lease) -> Accepted | Rejected:
        """Another lease from now, for who holds the job."""
        row, now = self.rows.get(lease.job), self.clock()
        if row is None or not self._holds(row, lease, now):
            return Rejected("409 STALE_LEASE")
        if self.fault != "heartbeat-ignored":
            row.until = now + self.promises.lease_seconds
        return Accepted()

    def complete(self, lease: Lease) -> Accepted | Rejected:
        """Done, for who holds the job."""
        return self._report("complete", lease, Phase.DONE)

    def fail(self, lease: Lease) -> Accepted | Rejected:
        """Ready again after a rest, or dead, for who holds the job."""
        most = (self.promises.max_attempts or 0) - (self.fault == "dead-early")
        is_last = lease.token >= most and self.fault != "dead-never"
        return self._report("fail", lease, Phase.DEAD if is_last else Phase.READY)

    def _report(self, what: str, lease: Lease, phase: Phase) -> Accepted | Rejected:
        row, now = self.rows.get(lease.job), self.clock()
        if row is None:
            return Rejected("404")
        key = (what, lease.token, lease.worker)
        if key in row.accepted and self.fault != "repeat-refused":
            return row.accepted[key]
        if not self._holds(row, lease, now):
            return Rejected("409 STALE_LEASE")
        row.phase, row.until = phase, now
        if phase is Phase.READY and self.promises.backoff_seconds is not None:
            least, most = self.promises.backoff_seconds(lease.job, lease.token)
            row.until += (
                40 * most if self.fault == "rest-too-long" else self.dice.uniform(least, most)
            )
        if phase is Phase.DONE:
            self.ledger.append((lease.job, lease.token))
        row.accepted[key] = Accepted(phase)
        return row.accepted[key]

    def _holds(self, row: Row, lease: Lease, now: float) -> bool:
        match self.fault:
            case "no-fencing":
                return True
            case "state-fencing":
                return row.phase is Phase.LEASED
            case "name-fencing":
                return row.phase is Phase.LEASED and row.holder == lease.worker
            case "holder-refused" if self.dice.random() < 0.2:
                return False
        return row.phase is Phase.LEASED and row.attempts == lease.token and now < row.until

    def state(self, job: str) -> JobState | Rejected:
        """The job as it stands."""
        row = self.rows.get(job)
        if row is None:
            return Rejected("404")
        return JobState(
            status=row.phase.upper(), phase=row.phase, attempts=row.attempts, holder=row.holder
        )

    def counted(self) -> dict[str, int]:
        """Jobs by phase."""
        phases = [row.phase.value for row in self.rows.values()]
        return {phase: phases.count(phase) for phase in sorted(set(phases))}


class Network:
    """Where threads reach a store: slow, and now and then a call or its answer is lost."""

    def __init__(self, store: Store, *, loss: float = 0.0) -> None:
        self.store, self.loss = store, loss
        self.lock = threading.Lock()
        self.connections = 0

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection with luck of its own, as `Fleet` wants it."""
        with self.lock:
            self.connections += 1
            number = self.connections
        yield Connection(self, random.Random(number))


@dataclass(slots=True)
class Connection:
    """One worker's way to the store."""

    network: Network
    dice: random.Random

    def enqueue(self, key: str) -> str | Rejected | Unknown:
        """Put a job in; never lost, so that tests can count."""
        with self.network.lock:
            return self.network.store.enqueue(key)

    def claim(self, worker: str, _instance: str) -> Lease | Rejected | Unknown | None:
        """Ask for a job."""
        return self._sent(lambda: self.network.store.claim(worker))

    def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Keep it."""
        return self._sent(lambda: self.network.store.heartbeat(lease))

    def complete(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report success."""
        return self._sent(lambda: self.network.store.complete(lease))

    def fail(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report a failure."""
        return self._sent(lambda: self.network.store.fail(lease))

    def state(self, job: str) -> JobState | Rejected | Unknown:
        """Look."""
        return self._sent(lambda: self.network.store.state(job))

    def _sent(self, call: Callable[[], Answer]) -> Answer | Unknown:
        """One transaction between two delays."""
        luck = self.dice.random()
        time.sleep(self.dice.uniform(0, 0.001))
        if luck < self.network.loss / 2:
            return Unknown("the call was lost")
        with self.network.lock:
            answer = call()
        time.sleep(self.dice.uniform(0, 0.001))
        return Unknown("the answer was lost") if luck < self.network.loss else answer
