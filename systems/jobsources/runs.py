"""Runs: what one looks like, and how a new one is begun within its user's limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.chassis import instants
from systems.chassis.canonical import canonical, digest
from systems.chassis.http import Refusal
from systems.jobsources.dispatch import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from systems.chassis.store import Row, Transaction
    from systems.jobsources.dispatch import Delivered
    from systems.jobsources.limits import Limits
    from systems.jobsources.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run that is to be begun; one that retries another names it."""

    source: str
    user_id: str
    career_profile_id: str | None
    listing_url: str
    canonical_url: str
    fingerprint: str
    request_id: str
    filters: Mapping[str, Any] | None
    limit: int | None = None
    retry_of: str | None = None
    retry_count: int = 0

    @property
    def dedupe_key(self) -> str:
        """The same for the same intent of the same user."""
        told = [self.user_id, self.fingerprint, self.retry_of]
        return digest(canonical(told))


def shown(row: Row) -> dict[str, object]:
    """A run as its user sees it."""
    return {
        "id": str(row.id),
        "source": row.source,
        "userId": text_of(row.user_id),
        "careerProfileId": text_of(row.career_profile_id),
        "listingUrl": row.listing_url,
        "canonicalListingUrl": row.canonical_listing_url,
        "filters": row.filters,
        "traceId": str(row.trace_id),
        "status": row.status,
        "totalFound": row.total_found,
        "scrapedCount": row.scraped_count,
        "error": row.error,
        "failureType": row.failure_type,
        "classifiedOutcome": row.classified_outcome,
        "emptyReason": row.empty_reason,
        "sourceQuality": row.source_quality,
        "finalizedAt": _instant(row.finalized_at),
        "lastHeartbeatAt": _instant(row.last_heartbeat_at),
        "progress": row.progress,
        "retryOfRunId": text_of(row.retry_of_run_id),
        "retryCount": row.retry_count,
        "startedAt": _instant(row.started_at),
        "completedAt": _instant(row.completed_at),
        "createdAt": _instant(row.created_at),
    }


async def check_limits(tx: Transaction, run: NewRun, limits: Limits) -> None:
    """Raise Refusal 429 where its user has asked for enough already; the transaction holds the user."""
    load = await tx.one(
        "load",
        user_id=run.user_id,
        fingerprint=run.fingerprint,
        same_intent_seconds=limits.same_intent_seconds,
    )
    if run.retry_of is None and limits.same_intent_seconds and load.same_intent:
        raise Refusal(429, "The same scrape was enqueued a moment ago")
    if load.active >= limits.active_runs:
        raise Refusal(429, "Too many active scrapes")
    if load.today >= limits.daily_runs:
        raise Refusal(429, "Too many scrapes today")


async def add(tx: Transaction, run: NewRun, service: Service) -> tuple[str, dict[str, Any]]:
    """Write a run and its task down; the run's id and the task. Raises Refusal 409 for a second retry."""
    run_id, trace_id = str(uuid4()), str(uuid4())
    row = await tx.row(
        "add_run",
        id=run_id,
        user_id=run.user_id,
        career_profile_id=run.career_profile_id,
        listing_url=run.listing_url,
        canonical_listing_url=run.canonical_url,
        fingerprint=run.fingerprint,
        filters=None if run.filters is None else json.dumps(run.filters),
        trace_id=trace_id,
        retry_of_run_id=run.retry_of,
        retry_count=run.retry_count,
    )
    if row is None:
        raise Refusal(409, "The run was retried already")
    task = service.dispatcher.task(
        run_id,
        source=run.source,
        traceId=trace_id,
        requestId=run.request_id,
        dedupeKey=run.dedupe_key,
        userId=run.user_id,
        careerProfileId=run.career_profile_id,
        listingUrl=run.listing_url,
        limit=run.limit,
        filters=run.filters,
    )
    seconds = service.dispatcher.first_lost_seconds
    await tx.run("add_dispatch", id=run_id, task=json.dumps(task), in_seconds=seconds)
    return run_id, task


async def send(service: Service, run_id: str, task: Mapping[str, Any]) -> Delivered:
    """Deliver the task of a run that was written down. Raises Refusal 503 where the worker does not take it."""
    delivered = await service.dispatcher.deliver(task)
    async with service.store.transaction() as tx:
        await service.dispatcher.settle(tx, run_id, delivered)
    if delivered.how is Delivery.REFUSED:
        raise Refusal(503, "The worker refused the task")
    return delivered


def accepted(
    run: NewRun, task: Mapping[str, Any], delivered: Delivered, provider: str
) -> dict[str, object]:
    """What a user is told of a run that was begun."""
    told = {
        "ok": True,
        "status": "accepted",
        "sourceRunId": task["sourceRunId"],
        "traceId": task["traceId"],
        "provider": provider,
        "dedupeKey": run.dedupe_key,
        "taskSchemaVersion": task["taskSchemaVersion"],
        "acceptedAt": instants.now(),
        "acceptedFilters": run.filters,
        "intentFingerprint": run.fingerprint,
    }
    return told | ({"warning": delivered.warning} if delivered.warning else {})


def text_of(value: object) -> str | None:
    """A value as text; None stays None."""
    return None if value is None else str(value)


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else instants.exact(moment)
