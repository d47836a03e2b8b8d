"""
What a transaction has to write down besides the jobs themselves: audit rows, counters, points, dead letters.

It is gathered while the transaction decides and written at its end, in the same transaction: an event and its traces
are there together or not at all. Counters come last, because every transaction wants the same few rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from systems.chassis.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the audit log."""

    type: str
    job_id: str
    status: str
    attempts: int
    worker_id: str | None = None
    result_hash: str | None = None
    #: JSON text.
    metrics: str | None = None
    error_code: str | None = None


AUDIT_COLUMNS = (
    "type",
    "job_id",
    "worker_id",
    "status",
    "attempts",
    "result_hash",
    "metrics",
    "error_code",
)


class Journal:
    """Gathers events and writes them once."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._counters: Counter[str] = Counter()
        self._latencies: list[tuple[float, str]] = []
        self._dead: list[str] = []

    def note(self, event: Event) -> None:
        """Have an audit row written."""
        self._events.append(event)

    def count(self, name: str, **labels: str) -> None:
        """Have a counter raised by one: `name:k=v,…`."""
        suffix = ",".join(f"{key}={value}" for key, value in labels.items())
        self._counters[f"{name}:{suffix}" if suffix else name] += 1

    def time(self, latency_ms: float, job_type: str) -> None:
        """Have a point added to the series of latencies."""
        self._latencies.append((latency_ms, job_type))

    def bury(self, event: Event, job_type: str) -> None:
        """A job died: its audit row, its dead letter, its counter."""
        self.note(event)
        self._dead.append(event.job_id)
        self.count("jobs_dead", jobType=job_type)

    async def write(self, tx: Transaction) -> None:
        """Write everything down."""
        if self._dead:
            await tx.run("bury", job_id=self._dead)
        if self._events:
            columns = {name: [getattr(e, name) for e in self._events] for name in AUDIT_COLUMNS}
            await tx.run("audit", **columns)
        if self._latencies:
            values, types = (list(column) for column in zip(*self._latencies, strict=True))
            await tx.run("add_latencies", latency_ms=values, job_type=types)
        if self._counters:
            names = list(self._counters)
            await tx.run("count", id=names, value=[self._counters[name] for name in names])
