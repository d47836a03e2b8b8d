"""
What the counters say: totals, rates, and which thresholds they cross.

Pure: numbers go in, numbers come out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.canonical import number

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIXES = {
    "total": "jobs_total",
    "completed": "jobs_completed",
    "dead": "jobs_dead",
    "retryable": "jobs_failed_retryable",
}
DEAD_PERCENT = 10
RETRY_PERCENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A threshold that is crossed."""

    type: str
    value: float
    threshold: float
    message: str


def aggregated(counters: Mapping[str, int]) -> dict[str, int]:
    """The sums over all labels."""
    return {
        name: sum(value for key, value in counters.items() if key.startswith(prefix))
        for name, prefix in PREFIXES.items()
    }


def rate(part: int, total: int) -> float:
    """A percentage with two decimals, rounded as JavaScript's Math.round does; 0 of nothing is 0."""
    return rounded(part / total * 10000) / 100 if total else 0


def rounded(value: float) -> int:
    """Math.round: halves go up."""
    below = math.floor(value)
    return below + (value - below >= 0.5)  # noqa: PLR2004 - a half


def rates(sums: Mapping[str, int]) -> dict[str, float]:
    """Success, death and retry in percent of all jobs."""
    parts = {"successRate": "completed", "deadRate": "dead", "retryRate": "retryable"}
    return {name: rate(sums[part], sums["total"]) for name, part in parts.items()}


def violations(
    shares: Mapping[str, float], *, was_worker_seen: bool, active: int, lost_seconds: int
) -> list[Violation]:
    """The thresholds that are crossed, most urgent first."""
    found = []
    if shares["deadRate"] > DEAD_PERCENT:
        found.append(_rate("WORKER_DEAD_RATE_HIGH", "Dead", shares["deadRate"], DEAD_PERCENT))
    if shares["retryRate"] > RETRY_PERCENT:
        found.append(_rate("WORKER_RETRY_SPIKE", "Retry", shares["retryRate"], RETRY_PERCENT))
    if was_worker_seen and not active:
        message = f"No active workers — all heartbeats lost (> {lost_seconds}s)"
        lost = Violation(
            type="WORKER_HEARTBEAT_LOST", value=0, threshold=lost_seconds, message=message
        )
        found.append(lost)
    return found


def _rate(kind: str, name: str, value: float, threshold: int) -> Violation:
    message = f"{name} rate {number(value)}% exceeds threshold {threshold}%"
    return Violation(type=kind, value=value, threshold=threshold, message=message)
