"""
What the service counts and times.

One value belongs to one process: it is made at start, hears every event, and is told every answer.
"""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from functools import partial
from typing import TYPE_CHECKING

from systems.chassis import instants
from systems.marketplace import latency, slo, windows
from systems.marketplace.latency import Histogram
from systems.marketplace.slo import Requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from systems.marketplace.endpoint import Answered
    from systems.marketplace.events import Event

MOST_RECENT = 200
#: What is timed, by method and route.
TIMED: Mapping[tuple[str, str], str] = {
    ("GET", "/api/jobs"): "api.jobs.list",
    ("GET", "/api/freelancers"): "api.freelancers.list",
    ("PATCH", "/api/jobs/{id}/escrow"): "api.escrow.action",
    ("GET", "/api/admin/metrics"): "api.admin.metrics.json",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: What is told from the first scrape on, though it never happened.
NAMES = (
    "ratelimit.allow",
    "ratelimit.block",
    "cache.hit",
    "cache.miss",
    "cache.version.bump",
    "jobs.list",
    "jobs.list.error",
    "escrow.action",
    "escrow.rollback",
)
TOTAL, ERRORS, ERROR_RATE = "events.total", "events.error", "events.error_rate"
FIRST_SERVER_ERROR = 500


class Metrics:
    """All numbers of one process."""

    def __init__(
        self, short_seconds: float, long_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._windows = {"short": short_seconds, "long": long_seconds}
        self._clock = clock
        slots = partial(windows.slots, short_seconds=short_seconds, long_seconds=long_seconds)
        self._recent_requests = slots(Requests)
        self._recent_latencies = {name: slots(Histogram) for name in slo.TARGETS}
        self._recent_events: deque[dict[str, object]] = deque(maxlen=MOST_RECENT)
        #: By the name of what happened, and in total.
        self.counters: Counter[str] = Counter(
            dict.fromkeys([*(f"event.{name}" for name in NAMES), TOTAL, ERRORS], 0)
        )
        self.latencies = {name: Histogram() for name in slo.TARGETS}
        #: By method, route and status.
        self.requests: Counter[tuple[str, str, int]] = Counter()

    def hear(self, event: Event) -> None:
        """One more event."""
        is_error = is_failure(event.name)
        self.counters[f"event.{event.name}"] += 1
        self.counters[TOTAL] += 1
        self.counters[ERRORS] += is_error
        self._recent_events.appendleft(
            {
                "ts": round(instants.moment(event.ts).timestamp() * 1000),
                "name": event.name,
                "payloadSize": len(json.dumps(event.payload, default=str)),
                "error": is_error,
            }
        )

    def hear_answer(self, answered: Answered) -> None:
        """One more answer, and how long it took where that has a target."""
        self.answered(answered.method, answered.route, answered.status)
        timed = TIMED.get((answered.method, answered.route))
        if timed:
            self.took(timed, answered.seconds * 1000)

    def answered(self, method: str, route: str, status: int) -> None:
        """One more answer; the route is its path's template."""
        method = method if method in METHODS else "OTHER"
        self.requests[method, route, status] += 1
        present = self._recent_requests.present(self._clock())
        present.count += 1
        present.failed += status >= FIRST_SERVER_ERROR

    def took(self, name: str, milliseconds: float) -> None:
        """One more answer of an endpoint that has a target."""
        self.latencies[name].observe(milliseconds)
        self._recent_latencies[name].present(self._clock()).observe(milliseconds)

    def snapshot(self) -> Mapping[str, object]:
        """All of it, for people."""
        total, errors = self.counters[TOTAL], self.counters[ERRORS]
        rate = round(errors / total, 4) if total else 0
        return {
            "generatedAt": instants.now(),
            "counters": {**self.counters, ERROR_RATE: rate},
            "recentEvents": list(self._recent_events),
            "limits": {"maxRecentEvents": MOST_RECENT},
            "histograms": [
                _shown(f"latency.{name}", each)
                for name, each in self.latencies.items()
                if each.count
            ],
            "slo": self._slo(),
        }

    def _slo(self) -> Mapping[str, object]:
        now = self._clock()
        answered = {
            name: slo.joined(self._recent_requests.within(seconds, now))
            for name, seconds in self._windows.items()
        }
        return {
            "endpoints": [
                slo.endpoint(name, **self._latencies(name, now), requests=answered["long"])
                for name in slo.TARGETS
            ],
            "availability": slo.availability(**answered),
        }

    def _latencies(self, name: str, now: float) -> dict[str, Histogram]:
        slots = self._recent_latencies[name]
        return {
            window: latency.joined(slots.within(seconds, now))
            for window, seconds in self._windows.items()
        }


def is_failure(name: str) -> bool:
    """Whether an event of this name is an error: its last word says so."""
    return name.rpartition(".")[2] in ("error", "failed")


def _shown(name: str, histogram: Histogram) -> Mapping[str, object]:
    buckets: Sequence[object] = [{"le": le, "count": count} for le, count in histogram.buckets()]
    return {
        "name": name,
        "buckets": buckets,
        **{key: getattr(histogram, key) for key in ("sum", "count", "min", "max", "avg")},
    }
