"""Whether what was promised to users is kept: statuses that follow from figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from systems.marketplace.latency import Histogram

#: Endpoint → the bound of its p95, in milliseconds.
TARGETS: Mapping[str, int] = {
    "api.jobs.list": 400,
    "api.freelancers.list": 400,
    "api.escrow.action": 600,
    "api.admin.metrics.json": 250,
}
TARGET_ERROR_RATE = 0.01
OK, WATCH, CRITICAL = "OK", "WATCH", "CRITICAL"


@dataclass(slots=True)
class Requests:
    """How many were answered, and how many of them with 5xx."""

    count: int = 0
    failed: int = 0

    @property
    def error_rate(self) -> float:
        """The share of 5xx; 0 of none."""
        return self.failed / self.count if self.count else 0.0

    @property
    def burn_rate(self) -> float | None:
        """How many times faster than it may the budget of errors goes; None of none."""
        return self.error_rate / TARGET_ERROR_RATE if self.count else None


def joined(parts: Iterable[Requests]) -> Requests:
    """All requests of several."""
    told = list(parts)
    return Requests(sum(part.count for part in told), sum(part.failed for part in told))


def availability(short: Requests, long: Requests) -> dict[str, object]:
    """What there is to say of errors in both windows."""
    burn = long.burn_rate or 0
    return {
        "targetErrorRate": TARGET_ERROR_RATE,
        "errorRateShort": short.error_rate,
        "errorRateLong": long.error_rate,
        "burnRateShort": short.burn_rate,
        "burnRateLong": long.burn_rate,
        "remainingBudget": TARGET_ERROR_RATE - long.error_rate,
        "status": CRITICAL if burn > 1.25 else WATCH if burn >= 1 else OK,  # noqa: PLR2004 - the contract's
    }


def endpoint(name: str, short: Histogram, long: Histogram, requests: Requests) -> dict[str, object]:
    """What there is to say of one endpoint; `requests` are all, in the long window."""
    return {
        "name": name,
        "targetP95": TARGETS[name],
        "short": short.figures(),
        "long": long.figures(),
        "status": _status(long, TARGETS[name], requests.burn_rate or 0),
    }


def _status(long: Histogram, target_ms: int, burn: float) -> str:
    ratio = 0.0
    if long.count:
        p95 = long.quantile(0.95)
        ratio = float("inf") if p95 is None else p95 / target_ms
    if ratio > 1.25 or burn >= 2:  # noqa: PLR2004 - the contract's
        return CRITICAL
    return WATCH if ratio > 1.1 or burn >= 1 else OK  # noqa: PLR2004 - the contract's
