"""
Durations that were counted into buckets, as Prometheus' histograms hold them, and those that were measured.

    took = histogram(samples, "http_request_duration_seconds", route="/sign")
    took.quantile(0.95) == bucket(took.bounds, nth(seconds, 0.95))
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from proofbook.instruments.samples import Samples


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations in seconds: upper bounds in order, the last infinite, and how many lie up to each."""

    bounds: tuple[float, ...]
    reached: tuple[float, ...]

    @property
    def count(self) -> float:
        """How many durations there are."""
        return self.reached[-1] if self.reached else 0

    def quantile(self, q: float) -> float:
        """The bound of the bucket in which the count reaches that share; `nan` where there is nothing."""
        if not self.count:
            return math.nan
        pairs = zip(self.bounds, self.reached, strict=True)
        return next(bound for bound, reached in pairs if reached >= self.count * q)


def histogram(samples: Samples, name: str, **labels: str) -> Histogram:
    """The buckets of a histogram, those of all series with these labels added up."""
    buckets: defaultdict[float, float] = defaultdict(float)
    for sample in samples.of(f"{name}_bucket", **labels):
        buckets[float(sample.labels["le"])] += sample.value
    bounds = tuple(sorted(buckets))
    return Histogram(bounds, tuple(buckets[bound] for bound in bounds))


def nth(seconds: Collection[float], q: float) -> float:
    """The duration at which so large a share is reached, one of them."""
    return sorted(seconds)[max(0, math.ceil(len(seconds) * q) - 1)]


def bucket(bounds: Sequence[float], seconds: float) -> float:
    """The upper bound of the bucket that a duration falls into."""
    return next((bound for bound in bounds if seconds <= bound), math.inf)
