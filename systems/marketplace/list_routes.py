"""The two lists that everybody reads, and a freelancer's own page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.marketplace import list_query, lists, replies, views
from systems.marketplace.callers import bearer
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.marketplace.list_query import ListQuery
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

TRUE = ("true", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one of the lists lists: its name, its query, its rows in full and in few words."""

    name: str
    field: str
    query: str
    full: Callable[[Row], Mapping[str, object]]
    basic: Callable[[Row], Mapping[str, object]]


JOBS = Kind(
    name=lists.JOBS,
    field="jobs",
    query="job_page",
    full=views.listed_job,
    basic=views.basic_job,
)
FREELANCERS = Kind(
    name=lists.FREELANCERS,
    field="freelancers",
    query="freelancer_page",
    full=views.freelancer,
    basic=views.basic_freelancer,
)


def entries(service: Service) -> Iterator[Entry]:
    """Jobs, freelancers, one freelancer."""
    routes = ListRoutes(service)
    yield "GET", "/api/jobs", Offered(handler=routes.jobs)
    yield "GET", "/api/freelancers", Offered(handler=routes.freelancers)
    yield "GET", "/api/freelancers/{id}", Offered(handler=routes.freelancer)


@dataclass(frozen=True, slots=True)
class ListRoutes:
    """Handlers that need no token."""

    service: Service

    async def jobs(self, request: Request) -> Response:
        """GET the open jobs, or one's own."""
        try:
            response = await self._jobs(request)
        except Refusal:
            raise
        except Exception as error:
            self.service.events.tell("jobs.list.error", {"error": type(error).__name__})
            raise
        self.service.events.tell("jobs.list", {"status": response.status_code})
        return response

    async def freelancers(self, request: Request) -> Response:
        """GET the freelancers."""
        return await self._public(
            request, FREELANCERS, list_query.freelancers(request.query_params)
        )

    async def freelancer(self, request: Request) -> Response:
        """GET one of them."""
        async with self.service.store.transaction() as tx:
            row = await tx.row("freelancer_by_id", id=request.path_params["id"])
        if row is None:
            raise Refusal(404, "Freelancer not found")
        return success({"freelancer": views.freelancer(row)})

    async def _jobs(self, request: Request) -> Response:
        query = list_query.jobs(request.query_params)
        if request.query_params.get("clientOnly") not in TRUE:
            return await self._public(request, JOBS, query)
        token = bearer(request)
        if not token:
            return replies.tagged(request, await self._body(JOBS, query), replies.PUBLIC)
        caller = self.service.callers.caller(token)
        own = replace(query, values={**query.values, "client_id": caller.id})
        return replies.tagged(request, await self._body(JOBS, own), replies.PRIVATE)

    async def _public(self, request: Request, kind: Kind, query: ListQuery) -> Response:
        if query.is_basic:
            return replies.tagged(request, await self._body(kind, query), replies.PUBLIC)
        x_cache, body = await self.service.lists.get(
            kind.name, query.key, lambda: self._body(kind, query)
        )
        return replies.tagged(request, body, replies.PUBLIC, x_cache)

    async def _body(self, kind: Kind, query: ListQuery) -> bytes:
        async with self.service.store.transaction() as tx:
            rows = await tx.rows(kind.query, **query.bounds)
        shown = kind.basic if query.is_basic else kind.full
        told = {
            kind.field: [shown(row) for row in rows if row.id is not None],
            "pagination": views.pagination(query.page, query.limit, rows[0].total),
            "meta": {"mode": "basic" if query.is_basic else "full"},
        }
        return bytes(success(told).body)
