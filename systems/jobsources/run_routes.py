"""What users may do: have a source scraped, see their runs, retry what failed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis.http import Refusal
from systems.jobsources import intents, runs
from systems.jobsources.envelope import success
from systems.jobsources.fields import Fields, Query, is_uuid4
from systems.jobsources.job_offers import washed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.jobsources.intents import Intent
    from systems.jobsources.runs import NewRun
    from systems.jobsources.service import Service

STATUSES = ("PENDING", "RUNNING", "COMPLETED", "FAILED")
#: What a retry asks the worker for: which of the slugs it was is not kept.
RETRIED_SOURCE = "pracuj-pl"
PAGE, LONGEST_PAGE = 20, 100
LONGEST_URL = 2048
#: A request id that callbacks can be signed with.
SIGNABLE = re.compile(r"[!-\-/-~]{1,128}")


@dataclass(frozen=True, slots=True)
class RunRoutes:
    """Handlers for users."""

    service: Service

    async def scrape(self, request: Request) -> Response:
        """POST what is to be scraped."""
        user_id = self.service.user_id(request)
        fields = Fields(await self.service.body(request))
        source = fields.choice("source", tuple(intents.LISTINGS))
        url, filters = fields.text("listingUrl", LONGEST_URL), washed(fields.mapping("filters"))
        limit, profile = fields.integer("limit", 1, 100), fields.uuid4("careerProfileId")
        fields.switch("forceRefresh")
        fields.check()
        intent = intents.intent(source, url, filters)
        async with self.service.store.transaction() as tx:
            await self.service.user(tx, user_id)
            await tx.one("hold_user", id=user_id)
            row = await tx.row("profile", user_id=user_id, id=profile or None)
            if row is None:
                raise Refusal(404, "There is no career profile that is ready")
            run = _new(intent, user_id, str(row.id), limit, _request_id(request))
            await runs.check_limits(tx, run, self.service.settings.limits)
            run_id, task = await runs.add(tx, run, self.service)
        delivered = await runs.send(self.service, run_id, task)
        told = runs.accepted(run, task, delivered, self.service.settings.worker.provider)
        is_profiles = not url and not filters
        return success(
            told | {"droppedFilters": intent.dropped, "resolvedFromProfile": is_profiles}, 201
        )

    async def retry(self, request: Request) -> Response:
        """POST that a failed run is to be tried again."""
        user_id, run_id = self.service.user_id(request), _run_id(request)
        async with self.service.store.transaction() as tx:
            await self.service.user(tx, user_id)
            await tx.one("hold_user", id=user_id)
            parent = await self._parent(tx, run_id, user_id)
            run = _again(parent, user_id, _request_id(request))
            await runs.check_limits(tx, run, self.service.settings.limits)
            child_id, task = await runs.add(tx, run, self.service)
        delivered = await runs.send(self.service, child_id, task)
        told = runs.accepted(run, task, delivered, self.service.settings.worker.provider)
        more = {"droppedFilters": {}, "resolvedFromProfile": False}
        more |= {"retriedFromRunId": str(parent.id), "retryCount": run.retry_count}
        return success(told | more, 201)

    async def list(self, request: Request) -> Response:
        """GET a page of one's runs."""
        user_id = self.service.user_id(request)
        query = Query(dict(request.query_params))
        wanted = {
            "user_id": user_id,
            "status": query.choice("status", STATUSES) or None,
            "window_hours": query.integer("windowHours", 1, 24 * 365),
        }
        most = query.integer("limit", 1, LONGEST_PAGE) or PAGE
        skipped = query.integer("offset", 0) or 0
        query.check()
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("page", most=most, skipped=skipped, **wanted)
        if not rows:
            raise Refusal(401, "Unauthorized")
        items = [runs.shown(row) for row in rows if row.id is not None]
        return success({"items": items, "total": rows[0].total})

    async def show(self, request: Request) -> Response:
        """GET one of one's runs."""
        user_id, run_id = self.service.user_id(request), _run_id(request)
        async with self.service.store.transaction() as tx:
            row = await tx.row("own_run", id=run_id, user_id=user_id)
        if row is None:
            raise Refusal(401, "Unauthorized")
        if row.id is None:
            raise Refusal(404, "Source run not found")
        return success(runs.shown(row))

    async def _parent(self, tx: Transaction, run_id: str, user_id: str) -> Row:
        """The run that is retried. Raises Refusal 404, 400 or 409."""
        parent = await tx.row("run", id=run_id, user_id=user_id)
        if parent is None:
            raise Refusal(404, "Source run not found")
        if parent.status != "FAILED":
            raise Refusal(400, "Only failed runs can be retried")
        deepest = self.service.settings.limits.chain_depth
        if parent.retry_count >= deepest:
            raise Refusal(400, f"Retry chain depth exceeded ({deepest})")
        if (await tx.one("has_retry", id=run_id)).answer:
            raise Refusal(409, "The run was retried already")
        return parent


def _new(
    intent: Intent, user_id: str, profile_id: str, limit: int | None, request_id: str
) -> NewRun:
    return runs.NewRun(
        source=intent.source,
        user_id=user_id,
        career_profile_id=profile_id,
        listing_url=intent.listing_url,
        canonical_url=intent.canonical_url,
        fingerprint=intent.fingerprint,
        request_id=request_id,
        filters=intent.filters,
        limit=limit,
    )


def _again(parent: Row, user_id: str, request_id: str) -> NewRun:
    intent = intents.Intent(
        source=RETRIED_SOURCE,
        listing_url=parent.listing_url,
        filters=parent.filters,
        dropped={},
    )
    return runs.NewRun(
        source=RETRIED_SOURCE,
        user_id=user_id,
        career_profile_id=runs.text_of(parent.career_profile_id),
        listing_url=parent.listing_url,
        canonical_url=intent.canonical_url,
        fingerprint=intent.fingerprint,
        request_id=request_id,
        filters=parent.filters,
        retry_of=str(parent.id),
        retry_count=parent.retry_count + 1,
    )


def _run_id(request: Request) -> str:
    run_id = str(request.path_params["id"])
    if not is_uuid4(run_id):
        raise Refusal(400, "id must be a UUID")
    return run_id


def _request_id(request: Request) -> str:
    """The request's id for the worker, which sends it back signed: one that cannot be signed is replaced."""
    told = str(request.state.request_id)
    return told if SIGNABLE.fullmatch(told) else str(uuid4())
