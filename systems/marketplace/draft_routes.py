"""Drafts of jobs: kept by their client, and published once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis.canonical import SURROGATES, holds_only_finite_numbers
from systems.chassis.http import Refusal
from systems.marketplace import bodies, job_form, list_query, lists, views
from systems.marketplace.apply_routes import LIMITED
from systems.marketplace.callers import bearer
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.job_routes import added
from systems.marketplace.schema import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.marketplace.callers import Caller
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

FLAG, USUAL, LONGEST_ID = "drafts", 10, 100
MISSING = "Not found"
ONE = "/api/job-drafts/{id}"


def entries(service: Service) -> Iterator[Entry]:
    """All that is done with a draft."""
    routes = DraftRoutes(service)
    yield "POST", "/api/job-drafts", Offered(handler=routes.put, flag=FLAG)
    yield "GET", "/api/job-drafts", Offered(handler=routes.list, flag=FLAG)
    yield "GET", ONE, Offered(handler=routes.show, flag=FLAG)
    yield "PUT", ONE, Offered(handler=routes.change, flag=FLAG)
    yield "DELETE", ONE, Offered(handler=routes.drop, flag=FLAG)
    publish = Offered(handler=routes.publish, takes_json=True, flag=FLAG)
    yield "POST", f"{ONE}/publish", publish


@dataclass(frozen=True, slots=True)
class DraftRoutes:
    """Handlers for clients; nobody sees another's draft."""

    service: Service

    async def put(self, request: Request) -> Response:
        """POST a draft, a new one or one's own."""
        address = self.service.address(request)
        await self.service.limiter.check("draft_upsert", address, LIMITED)
        caller = self._caller(request)
        draft_id, told = _draft(await bodies.fields(request), is_new=True)
        async with self.service.store.transaction() as tx:
            row = await tx.row("put_draft", id=draft_id, client_id=caller.id, **told)
        return _shown(row)

    async def list(self, request: Request) -> Response:
        """GET one's own drafts."""
        caller = self._caller(request)
        page, limit = list_query.page_of(request.query_params, USUAL)
        bounds = {"limit": limit, "skipped": (page - 1) * limit}
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("draft_page", client_id=caller.id, **bounds)
        shown = [views.columns(row, views.DRAFT_COLUMNS) for row in rows if row.id is not None]
        pagination = {"page": page, "limit": limit, "total": rows[0].total}
        return success({"drafts": shown, "pagination": pagination})

    async def show(self, request: Request) -> Response:
        """GET one's own draft."""
        own = self._own(request)
        async with self.service.store.transaction() as tx:
            return _shown(await tx.row("draft_by_id", **own))

    async def change(self, request: Request) -> Response:
        """PUT another content of it."""
        own = self._own(request)
        _, told = _draft(await bodies.fields(request))
        async with self.service.store.transaction() as tx:
            return _shown(await tx.row("change_draft", **own, **told))

    async def drop(self, request: Request) -> Response:
        """DELETE it."""
        own = self._own(request)
        async with self.service.store.transaction() as tx:
            if await tx.row("drop_draft", **own) is None:
                raise Refusal(404, MISSING)
        return success({"message": "Draft deleted"})

    async def publish(self, request: Request) -> Response:
        """POST that it becomes a job: once, and only if it says all that a job must."""
        caller = self._caller(request)
        caller.require("write:jobs")
        own = {"id": request.path_params["id"], "client_id": caller.id}
        flags = self.service.settings.flags
        async with self.service.store.transaction() as tx:
            draft = await tx.row("publish_draft", **own)
            if draft is None:
                is_own = await tx.row("draft_by_id", **own)
                raise Refusal(400, "Already published") if is_own else Refusal(404, MISSING)
            told = job_form.read(
                draft.data, is_escrow_on=flags["escrow"], error="Draft validation failed"
            )
            row = await added(tx, caller.id, told)
        await self.service.lists.bump(lists.JOBS)
        return success({"job": views.job(row), "draftId": own["id"]})

    def _caller(self, request: Request) -> Caller:
        return self.service.callers.caller(bearer(request))

    def _own(self, request: Request) -> dict[str, str]:
        return {"id": request.path_params["id"], "client_id": self._caller(request).id}


def _draft(body: Mapping[str, object], *, is_new: bool = False) -> tuple[str, dict[str, object]]:
    """The id that is told, or a new one, and what is kept."""
    fields = Fields(body)
    draft_id = fields.text("id", 1, LONGEST_ID)
    is_published = fields.switch("published")
    data = fields.value("data", is_required=is_new)
    if data is not None and not _is_storable(data):
        fields.wrong("data", "Expected an object")
    fields.check()
    told: dict[str, object] = {
        "data": None if data is None else json.dumps(data),
        "published": is_published is True,
    }
    return draft_id or str(uuid4()), told


def _is_storable(data: object) -> bool:
    """Whether jsonb holds it: no half of a character, no number without end."""
    if not isinstance(data, dict) or not holds_only_finite_numbers(data):
        return False
    return not SURROGATES.search(json.dumps(data, ensure_ascii=False))


def _shown(row: Row | None) -> Response:
    if row is None:
        raise Refusal(404, MISSING)
    return success({"draft": views.columns(row, views.DRAFT_COLUMNS)})
