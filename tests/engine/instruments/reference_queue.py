"""
A queue in memory that keeps every promise, and one fault at a time by which it keeps one no more.

It has the clock of a store (its own), the latencies and lost answers of a network, and no other magic:
each call is one transaction under one lock.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from proofbook.history import Phase, Promises
from proofbook.instruments.workers import Accepted, JobState, Lease, Rejected, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROMISES = Promises(
    lease_seconds=0.15,
    max_attempts=4,
    backoff_seconds=lambda _job, attempt: (0.02 * attempt, 0.03 * attempt),
    reclaim_seconds=0.5,
    grain_seconds=0.001,
)

Answer = TypeVar("Answer")

#: Each fault, and the rules of which at least one must find it.
FAULTS = {
    "no-fencing": {"Q4", "Q5"},
    "state-fencing": {"Q4"},
    "name-fencing": {"Q4"},
    "claim-unlocked": {"Q1", "Q3"},
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
    "token-skipped": {"Q2"},
}


@dataclass(slots=True)
class Row:
    """A job as the store keeps it."""

    phase: Phase = Phase.READY
    attempts: int = 0
    holder: str | None = None
    until: float = 0.0
    accepted: dict[tuple[str, int, str], Accepted] = field(default_factory=dict)


class Store:
    """What all connections share."""

    def __init__(
        self, fault: str = "", *, promises: Promises = PROMISES, loss: float = 0.0
    ) -> None:
        self.fault, self.promises, self.loss = fault, promises, loss
        self.lock = threading.Lock()
        self.rows: dict[str, Row] = {}
        self.dice = random.Random(0)
        self.connections = 0

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection with luck of its own, as `Fleet` wants it."""
        with self.lock:
            self.connections += 1
            number = self.connections
        yield Connection(self, random.Random(number))

    def counted(self) -> dict[str, int]:
        """Jobs by phase."""
        with self.lock:
            phases = [row.phase.value for row in self.rows.values()]
        return {phase: phases.count(phase) for phase in sorted(set(phases))}


@dataclass(slots=True)
class Connection:
    """The six functions, over a network that is slow and forgets."""

    store: Store
    dice: random.Random

    def enqueue(self, key: str) -> str | Rejected | Unknown:
        """A fresh job; never lost, so that tests can count."""
        job = f"job-{key}"
        with self.store.lock:
            self.store.rows[job] = Row()
            return job

    def claim(self, worker: str, _instance: str) -> Lease | Rejected | Unknown | None:
        """The first job that is due."""
        return self._sent(lambda: self._claim(worker))

    def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Another lease from now."""
        return self._sent(lambda: self._heartbeat(lease))

    def complete(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Done."""
        return self._sent(lambda: self._report("complete", lease, Phase.DONE))

    def fail(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Ready again after a rest, or dead."""
        most = self.store.promises.max_attempts
        assert most is not None
        if self.store.fault == "dead-early":
            most -= 1
        over = lease.token >= most and self.store.fault != "dead-never"
        return self._sent(lambda: self._report("fail", lease, Phase.DEAD if over else Phase.READY))

    def state(self, job: str) -> JobState | Rejected | Unknown:
        """As it stands."""
        with self.store.lock:
            if job not in self.store.rows:
                return Rejected("404")
            row = replace(self.store.rows[job])
        return JobState(
            status=row.phase.upper(), phase=row.phase, attempts=row.attempts, holder=row.holder
        )

    def _sent(self, call: Callable[[], Answer]) -> Answer | Unknown:
        """One transaction between two delays; now and then the call or its answer is lost."""
        luck = self.dice.random()
        time.sleep(self.dice.uniform(0, 0.001))
        if luck < self.store.loss / 2:
            return Unknown("the call was lost")
        with self.store.lock:
            answer = call()
        time.sleep(self.dice.uniform(0, 0.001))
        return Unknown("the answer was lost") if luck < self.store.loss else answer

    def _claim(self, worker: str) -> Lease | None:
        now, fault, promises = time.monotonic(), self.store.fault, self.store.promises
        for job, row in self.store.rows.items():
            if not self._is_due(row, now):
                continue
            if row.phase is Phase.LEASED and row.attempts >= (promises.max_attempts or 0):
                row.phase = Phase.DEAD
                continue
            row.attempts += 2 if fault == "token-skipped" and row.attempts else 1
            row.phase, row.holder = Phase.LEASED, worker
            row.until = now + promises.lease_seconds
            if fault == "worker-clock":
                row.until += self.dice.uniform(-2, 0) * promises.lease_seconds
            if fault == "claim-unlocked" and self.dice.random() < 0.5:
                # Whoever read the row in the same moment takes it too.
                row.until = now
            if fault == "job-dropped" and row.attempts > 1:
                del self.store.rows[job]
            return Lease(job=job, token=row.attempts, worker=worker, instance="")
        return None

    def _is_due(self, row: Row, now: float) -> bool:
        if row.phase is Phase.LEASED:
            if self.store.fault == "reclaimed-late":
                now -= 4 * self.store.promises.lease_seconds
            return row.until <= now and self.store.fault != "never-reclaimed"
        if row.phase is Phase.DONE:
            return self.store.fault == "done-revived" and row.attempts == 1
        return row.phase is Phase.READY and (row.until <= now or self.store.fault == "rest-skipped")

    def _heartbeat(self, lease: Lease) -> Accepted | Rejected:
        row, now = self.store.rows.get(lease.job), time.monotonic()
        if row is None or not self._holds(row, lease, now):
            return Rejected("409 STALE_LEASE")
        if self.store.fault != "heartbeat-ignored":
            row.until = now + self.store.promises.lease_seconds
        return Accepted()

    def _report(self, what: str, lease: Lease, phase: Phase) -> Accepted | Rejected:
        row, now = self.store.rows.get(lease.job), time.monotonic()
        if row is None:
            return Rejected("404")
        key = (what, lease.token, lease.worker)
        if key in row.accepted and self.store.fault != "repeat-refused":
            return row.accepted[key]
        if not self._holds(row, lease, now):
            return Rejected("409 STALE_LEASE")
        row.phase, row.until = phase, now
        if phase is Phase.READY:
            row.until += self.dice.uniform(0.02, 0.03) * lease.token
        row.accepted[key] = Accepted(phase)
        return row.accepted[key]

    def _holds(self, row: Row, lease: Lease, now: float) -> bool:
        match self.store.fault:
            case "no-fencing":
                return True
            case "state-fencing":
                return row.phase is Phase.LEASED
            case "name-fencing":
                return row.phase is Phase.LEASED and row.holder == lease.worker
            case "holder-refused" if self.dice.random() < 0.2:
                return False
        return row.phase is Phase.LEASED and row.attempts == lease.token and now < row.until
