"""How long answers took, in milliseconds, counted by bounds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BOUNDS = (5, 10, 25, 50, 75, 100, 150, 250, 400, 600, 800, 1000, 1500, 2000, 3000, 5000)
INFINITY = "+Inf"
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(slots=True)
class Histogram:
    """Durations: how many up to each bound, and beyond; their sum, the shortest and the longest."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0
    min: float = 0.0
    max: float = 0.0

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)

    @property
    def avg(self) -> float:
        """Their mean; 0 of none."""
        return self.sum / self.count if self.count else 0.0

    def observe(self, milliseconds: float) -> None:
        """One more."""
        is_first = self.count == 0
        self.counts[bisect_left(BOUNDS, milliseconds)] += 1
        self.sum += milliseconds
        self.min = milliseconds if is_first else min(self.min, milliseconds)
        self.max = max(self.max, milliseconds)

    def buckets(self) -> Iterator[tuple[int | str, int]]:
        """Each bound, and how many lie up to it."""
        return zip((*BOUNDS, INFINITY), accumulate(self.counts), strict=True)

    def quantile(self, share: float) -> int | None:
        """The first bound up to which so large a share lies; None beyond the last."""
        for bound, reached in zip(BOUNDS, accumulate(self.counts), strict=False):
            if reached >= share * self.count:
                return bound
        return None

    def figures(self) -> dict[str, float | None] | None:
        """Count, mean, extremes and percentiles; None of none."""
        if not self.count:
            return None
        told = {"count": self.count, "avg": self.avg, "min": self.min, "max": self.max}
        return told | {name: self.quantile(share) for name, share in SHARES.items()}


def joined(parts: Iterable[Histogram]) -> Histogram:
    """All durations of several."""
    seen = [part for part in parts if part.count]
    if not seen:
        return Histogram()
    return Histogram(
        counts=[sum(column) for column in zip(*(part.counts for part in seen), strict=True)],
        sum=sum(part.sum for part in seen),
        min=min(part.min for part in seen),
        max=max(part.max for part in seen),
    )
