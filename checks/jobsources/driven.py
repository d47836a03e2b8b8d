"""Runs driven to each of their ends by a worker that the suite plays, and the ledger of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks.jobsources.adapter_callbacks import beat, completed, failed
from proofbook import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import Callback
    from checks.jobsources.adapter_deployment import Deployment

#: Of the first runs so many end well, so many end badly, and the rest are under way.
WELL, BADLY, UNDER_WAY = 9, 1, 3
#: So many fail and are retried, of which so many end well.
RETRIED, RETRIED_WELL = 10, 6
#: So many run in the end, and so many of them were never heard of.
RUNNING, SILENT = 12, 4

#: What was done, by the names of the series.
LEDGER = {
    "jobsources_running_runs": RUNNING,
    "jobsources_running_without_heartbeat": SILENT,
    "jobsources_scrapes_completed": WELL + RETRIED_WELL,
    "jobsources_scrapes_finished": WELL + BADLY + 2 * RETRIED,
    "jobsources_retries_completed": RETRIED_WELL,
    "jobsources_retries_finished": RETRIED,
    "jobsources_callback_total_events": WELL + BADLY + 2 * RETRIED,
    "jobsources_callback_failed_events": BADLY + RETRIED + RETRIED - RETRIED_WELL,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The numbers at one moment, as JSON and as series."""

    numbers: Mapping[str, Any]
    series: Mapping[str, float]

    @staticmethod
    def of(api: Api) -> Seen:
        """What an API says now."""
        return Seen(api.numbers(), api.series())


@dataclass(frozen=True, slots=True)
class Driven:
    """An API, and what it said before anything ran, with runs under way, and after all of it."""

    api: Api
    idle: Seen
    #: Nine ended well, one badly, three are under way.
    scraped: Seen
    after: Seen


def drive(deployment: Deployment) -> Driven:
    """Drive runs on a fresh deployment. Raises `NoVerdict` where a step is not taken."""
    api = deployment.api()
    idle = Seen.of(api)
    first = [api.begin() for _ in range(WELL + BADLY + UNDER_WAY)]
    _end(api, first[:WELL], completed)
    _end(api, first[WELL : WELL + BADLY], failed)
    scraped = Seen.of(api)
    under_way = first[WELL + BADLY :]
    again = [_retried(api, api.failed_run()) for _ in range(RETRIED)]
    _end(api, again[:RETRIED_WELL], completed)
    _end(api, again[RETRIED_WELL:], failed)
    under_way += [api.begin() for _ in range(RUNNING - len(under_way))]
    _end(api, under_way[SILENT:], beat)
    return Driven(api, idle, scraped, Seen.of(api))


def _retried(api: Api, run: str) -> str:
    reply = api.retry(run)
    if not reply.is_done:
        raise NoVerdict(f"a retry is answered {reply!r}")
    return str(reply.data["sourceRunId"])


def _end(api: Api, runs: Iterable[str], made: Callable[[str], Callback]) -> None:
    for run in runs:
        reply = api.deliver(made(run))
        if not reply.is_applied:
            raise NoVerdict(f"a callback is answered {reply!r}")
