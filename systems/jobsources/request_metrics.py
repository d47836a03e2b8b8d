"""How long answers took, by method, route and status, as Prometheus reads it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "jobsources_http_request_duration_seconds"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.6, 1, 2.5, 5, 10)


@dataclass(slots=True)
class Histogram:
    """Durations in seconds: how many up to each bound, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    sum: float = 0.0

    def observe(self, seconds: float) -> None:
        """One more duration."""
        self.counts[next((n for n, le in enumerate(BUCKETS) if seconds <= le), len(BUCKETS))] += 1
        self.sum += seconds


class RequestMetrics:
    """All requests that this process has answered."""

    def __init__(self) -> None:
        self._histograms: defaultdict[tuple[str, str, int, bool], Histogram] = defaultdict(
            Histogram
        )

    def observe(
        self, method: str, route: str, *, status: int, is_llm: bool, seconds: float
    ) -> None:
        """One more answer; the route is its path's template."""
        self._histograms[method, route, status, is_llm].observe(seconds)

    def lines(self) -> Iterator[str]:
        """The lines of Prometheus' text format."""
        yield f"# HELP {NAME} How long answers took"
        yield f"# TYPE {NAME} histogram"
        for (method, route, status, is_llm), histogram in self._histograms.items():
            llm = str(is_llm).lower()
            labels = f'method="{method}",route="{route}",status="{status}",llm="{llm}"'
            reached = list(accumulate(histogram.counts))
            for bound, count in zip([*map("{:g}".format, BUCKETS), "+Inf"], reached, strict=True):
                yield f'{NAME}_bucket{{{labels},le="{bound}"}} {count}'
            yield f"{NAME}_count{{{labels}}} {reached[-1]}"
            yield f"{NAME}_sum{{{labels}}} {histogram.sum:.9f}"


def gauges(values: Mapping[str, float]) -> Iterator[str]:
    """Gauges without labels, in the same format."""
    for name, value in values.items():
        yield f"# TYPE {name} gauge"
        yield f"{name} {value:g}"
