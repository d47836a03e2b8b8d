"""A percentile of a sample, and the interval in which the true one lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from proofbook.latency.binomial import at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Interval(NamedTuple):
    """From here to there, both within it."""

    low: float
    high: float


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of a sorted sample does not exceed; nan of nothing."""
    if not ordered:
        return math.nan
    # A product of decimals may lie a hair above the whole number that it stands for.
    place = math.ceil(round(share * len(ordered), 9))
    return ordered[max(place, 1) - 1]


def ranks(size: int, share: float, confidence: float) -> tuple[int, int]:
    """
    The places, from 1, of the two values of a sample that hold its quantile between them.

    By order statistics, without any assumption on the distribution: 0 and `size` + 1 stand for no value.
    """
    rest = (1 - confidence) / 2
    low = _first(size, lambda rank: at_most(rank - 1, size, share) > rest) - 1
    high = _first(size, lambda rank: at_most(rank - 1, size, share) >= 1 - rest)
    return low, high


def interval(ordered: Sequence[float], share: float, confidence: float) -> Interval:
    """In which values of a sorted sample the true quantile lies, as surely as `confidence`."""
    low, high = ranks(len(ordered), share, confidence)
    return Interval(
        ordered[low - 1] if low >= 1 else 0.0,
        ordered[high - 1] if high <= len(ordered) else math.inf,
    )


def _first(size: int, is_enough: Callable[[int], bool]) -> int:
    """The first rank from 1 to `size` + 1 that is enough; ranks behind it are, too."""
    low, high = 1, size + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return low
