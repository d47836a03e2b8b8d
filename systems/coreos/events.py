"""
What a transaction has to write down besides the jobs themselves: audit rows, counters, points, dead letters.

It is gathered while the transaction decides and written at its end, in the same transaction: an event and its traces
are there together or not at all. Counters come last, because every transaction wants the same few rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from systems.chassis.store import Statement, Transaction


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
        self._results: list[tuple[str, int, str]] = []

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

    def keep(self, job_id: str, attempt: int, document: str) -> None:
        """Have an accepted result kept; the document as JSON text."""
        self._results.append((job_id, attempt, document))

    async def write(self, tx: Transaction) -> None:
        """Write everything down, in one go."""
        await tx.run_all(list(self._statements()))

    def _statements(self) -> Iterator[Statement]:
        if self._results:
            yield "add_results", _columns(("job_id", "attempt", "result"), self._results)
        if self._dead:
            yield "bury", {"job_id": self._dead}
        if self._events:
            yield "audit", _columns(AUDIT_COLUMNS, map(_audited, self._events))
        if self._latencies:
            yield "add_latencies", _columns(("latency_ms", "job_type"), self._latencies)
        if self._counters:
            yield "count", _columns(("id", "value"), self._counters.items())


#: The values of an event, in the order of the columns.
_audited = attrgetter(*AUDIT_COLUMNS)


def _columns(names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> dict[str, object]:
    """Rows as arrays, one a column: how a query takes many of them."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
