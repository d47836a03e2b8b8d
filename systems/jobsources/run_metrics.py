"""The numbers by which operators see how scraping goes, and the series that alerts are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from systems.chassis.store import Row, Transaction
    from systems.jobsources.limits import Limits


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """Counts now and within a window: of runs, and of callbacks."""

    window_hours: int
    runs: Row
    events: Row

    def shown(self) -> dict[str, object]:
        """The numbers as JSON; a rate of nothing is null, neither good nor bad."""
        runs, events = self.runs, self.events
        return {
            "windowHours": self.window_hours,
            "queue": {
                "activeRuns": runs.active,
                "pendingRuns": runs.pending,
                "runningRuns": runs.running,
                "runningWithoutHeartbeat": runs.silent,
            },
            "scrape": {
                "totalRuns": runs.total,
                "completedRuns": runs.completed,
                "failedRuns": runs.failed,
                "successRate": rate(runs.completed, runs.completed + runs.failed),
            },
            "lifecycle": {
                "retriesTriggered": runs.retries,
                "retrySuccessRate": rate(
                    runs.retries_completed, runs.retries_completed + runs.retries_failed
                ),
                "staleReconciledRuns": runs.stale,
            },
            "callback": {
                "totalEvents": events.total,
                "failedEvents": events.failed,
                "completedEvents": events.completed,
                "failedRate": rate(events.failed, events.total),
            },
        }

    def gauges(self) -> dict[str, float]:
        """The series: counts only, for a rate is made by whoever reads them."""
        runs, events = self.runs, self.events
        return {
            "jobsources_running_runs": runs.running,
            "jobsources_running_without_heartbeat": runs.silent,
            "jobsources_scrapes_completed": runs.completed,
            "jobsources_scrapes_finished": runs.completed + runs.failed,
            "jobsources_retries_completed": runs.retries_completed,
            "jobsources_retries_finished": runs.retries_completed + runs.retries_failed,
            "jobsources_callback_total_events": events.total,
            "jobsources_callback_failed_events": events.failed,
        }


async def read(tx: Transaction, limits: Limits, window_hours: int) -> RunMetrics:
    """The numbers of this moment."""
    runs = await tx.one(
        "run_numbers", silent_seconds=limits.silent_seconds, window_hours=window_hours
    )
    return RunMetrics(window_hours, runs, await tx.one("event_numbers", window_hours=window_hours))


def rate(part: int, whole: int) -> float | None:
    """A share with four decimals; None of nothing."""
    return round(part / whole, 4) if whole else None
