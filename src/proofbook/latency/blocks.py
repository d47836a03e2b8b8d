"""
How much requests that come together share their fate.

A stall makes many requests bad at once, so a thousand of them weigh less than a thousand independent
ones. Requests are put into blocks of a second; the variance between blocks, over what it would be if each
request stood for itself, is the design effect.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The length of a block in seconds.
BLOCK = 1.0
#: Two-sided 99 % of the normal distribution.
_Z99 = 2.5758


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """A share of bad requests, seen block by block."""

    count: int
    #: 1 where each request stands for itself; 20 where it takes twenty to know as much.
    design_effect: float
    #: The number of independent requests that would say as much.
    effective: int
    #: The share of bad requests, 99 % sure, by the variance between blocks.
    low: float
    high: float


def blocks(times: Sequence[float], bad: Sequence[bool]) -> Blocks:
    """Of requests due at `times` (seconds), whether each was `bad`."""
    sizes = Counter(math.floor(time / BLOCK) for time in times)
    hits = Counter(
        math.floor(time / BLOCK) for time, is_bad in zip(times, bad, strict=True) if is_bad
    )
    total, count = len(times), len(sizes)
    share = hits.total() / total if total else 0.0
    plain = share * (1 - share) / total if total else 0.0
    if count < 2 or not plain:  # noqa: PLR2004 - one block varies from nothing
        return Blocks(count=count, design_effect=1.0, effective=total, low=share, high=share)
    spread = sum((hits[block] - share * size) ** 2 for block, size in sizes.items())
    variance = count / (count - 1) * spread / total**2
    effect = max(1.0, variance / plain)
    reach = _Z99 * math.sqrt(variance)
    return Blocks(
        count=count,
        design_effect=effect,
        effective=max(1, int(total / effect)),
        low=max(0.0, share - reach),
        high=min(1.0, share + reach),
    )
