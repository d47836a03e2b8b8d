"""What came of a scrape, and how the API is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from systems.chassis import instants
from systems.jobsources.payloads import payload_hash

if TYPE_CHECKING:
    from systems.jobsources.offers import Offer
    from systems.jobsources.tasks import Task

COMPLETED, FAILED = "COMPLETED", "FAILED"
LISTING_FAILED, LISTING_BLOCKED = "SCRAPE_LISTING_HTTP_FAILED", "SCRAPE_LISTING_HTTP_BLOCKED"
TIMEOUT, UNKNOWN = "SCRAPE_DETAIL_TIMEOUT", "SCRAPE_UNKNOWN_FAILURE"
LONGEST_ERROR = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The offers that could be read, of so many that were found; and why there are none, if so."""

    offers: tuple[Offer, ...]
    found: int
    empty_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why there is nothing; `reason` says more of a type where there is more to say."""

    type: str
    text: str
    code: str = UNKNOWN
    reason: str = ""


Outcome = Completed | Failed


def callback(task: Task, outcome: Outcome, event_id: str) -> dict[str, Any]:
    """The body of `complete`, but for the number of the attempt."""
    told = {
        "eventId": event_id,
        "source": task.source,
        "runId": task.run_id,
        "sourceRunId": task.source_run_id,
        "traceId": task.trace_id,
        "taskId": task.task_id,
        "dedupeKey": task.dedupe_key,
        "emittedAt": instants.now(),
        "listingUrl": task.listing_url,
    }
    body = {name: value for name, value in told.items() if value}
    body |= _failure(outcome) if isinstance(outcome, Failed) else _success(task, outcome)
    return body | {"payloadHash": payload_hash(body)}


def _success(task: Task, outcome: Completed) -> dict[str, Any]:
    jobs = [_job(task, offer) for offer in outcome.offers]
    diagnostics = {"resultKind": "offers" if jobs else "empty", "jobLinksDiscovered": outcome.found}
    if outcome.empty_reason:
        diagnostics["emptyReason"] = outcome.empty_reason
    return {
        "status": COMPLETED,
        "scrapedCount": len(jobs),
        "jobCount": len(jobs),
        "totalFound": outcome.found,
        "jobLinkCount": outcome.found,
        "jobs": jobs,
        "diagnostics": diagnostics,
    }


def _failure(outcome: Failed) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": FAILED,
        "error": f"[{outcome.type}] {outcome.text}"[:LONGEST_ERROR],
        "failureType": outcome.type,
        "failureCode": outcome.code,
    }
    if outcome.reason:
        body["diagnostics"] = {"failureReason": outcome.reason}
    return body


def _job(task: Task, offer: Offer) -> dict[str, str]:
    told = {
        "url": offer.url,
        "title": offer.title,
        "description": offer.description,
        "company": offer.company,
        "location": offer.location,
        "sourceId": offer.number,
        "source": task.source,
    }
    return {name: value for name, value in told.items() if value}
