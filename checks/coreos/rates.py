"""The summary's formula for a rate."""

from __future__ import annotations

import math


def rate(part: int, total: int) -> float:
    """A share in percent, two decimals, halves up as JavaScript rounds; 0 of nothing."""
    return math.floor(part / total * 10_000 + 0.5) / 100 if total else 0
