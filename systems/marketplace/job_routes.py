"""Jobs: posted, looked at, changed and taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis.http import Refusal
from systems.chassis.jose import TokenInvalid
from systems.marketplace import bodies, job_form, lists, replies, views
from systems.marketplace.callers import bearer, session
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

NOT_OWN = "Job not found or access denied"


def entries(service: Service) -> Iterator[Entry]:
    """All that is done with a job but apply to it."""
    routes = JobRoutes(service)
    yield "POST", "/api/jobs", Offered(handler=routes.post, takes_json=True)
    yield "GET", "/api/jobs/{id}", Offered(handler=routes.show)
    yield "PATCH", "/api/jobs/{id}", Offered(handler=routes.change, takes_json=True)
    yield "DELETE", "/api/jobs/{id}", Offered(handler=routes.drop)


@dataclass(frozen=True, slots=True)
class JobRoutes:
    """Handlers for clients, and for everybody who looks."""

    service: Service

    async def post(self, request: Request) -> Response:
        """POST a new job."""
        refusal = "Rate limit exceeded. Please try again later."
        await self.service.limiter.check("job_create", self.service.address(request), refusal)
        caller = self.service.callers.caller(session(request))
        caller.require("write:jobs")
        told = self._read(await bodies.fields(request))
        async with self.service.store.transaction() as tx:
            row = await added(tx, caller.id, told)
        await self.service.lists.bump(lists.JOBS)
        return success({"job": views.job(row), "message": "Job created successfully"})

    async def show(self, request: Request) -> Response:
        """GET a job; its client also sees who applied."""
        job_id = request.path_params["id"]
        async with self.service.store.transaction() as tx:
            row = await tx.row("job_by_id", id=job_id)
            if row is None:
                raise Refusal(404, "Job not found")
            is_own = row.clientId == self._reader(request)
            applications = await tx.rows("applications_of_job", job_id=job_id) if is_own else []
        body = bytes(success({"job": views.whole_job(row, applications)}).body)
        return replies.tagged(request, body, replies.PRIVATE)

    async def change(self, request: Request) -> Response:
        """PATCH one's own job."""
        caller = self.service.callers.caller(bearer(request))
        flags, body = self.service.settings.flags, await bodies.fields(request)
        own = {"id": request.path_params["id"], "client_id": caller.id}
        async with self.service.store.transaction() as tx:
            await _require_own(tx, own)
            told = job_form.read_change(body, is_escrow_on=flags["escrow"])
            row = await tx.row("change_job", **own, **told)
        if row is None:
            raise Refusal(409, "Invalid status transition")
        await self.service.lists.bump(lists.JOBS)
        return success({"job": views.job(row)})

    async def drop(self, request: Request) -> Response:
        """DELETE one's own job."""
        caller = self.service.callers.caller(bearer(request))
        own = {"id": request.path_params["id"], "client_id": caller.id}
        async with self.service.store.transaction() as tx:
            await _require_own(tx, own)
            row = await tx.row("drop_job", **own)
        if row is None:
            raise Refusal(400, "Cannot delete a job that is in progress or completed")
        await self.service.lists.bump(lists.JOBS)
        return success({"message": "Job deleted successfully"})

    def _read(self, body: Mapping[str, object]) -> dict[str, object]:
        return job_form.read(body, is_escrow_on=self.service.settings.flags["escrow"])

    def _reader(self, request: Request) -> str:
        """Who looks; empty for anybody."""
        try:
            return self.service.callers.identified(bearer(request)).id
        except TokenInvalid:
            return ""


async def added(tx: Transaction, client_id: str, told: Mapping[str, object]) -> Row:
    """A client's new job. Raises Refusal 404 where the client is gone."""
    row = await tx.row("add_job", id=str(uuid4()), client_id=client_id, **told)
    if row is None:
        raise Refusal(404, "User not found")
    return row


async def _require_own(tx: Transaction, own: Mapping[str, str]) -> None:
    if await tx.row("own_job", **own) is None:
        raise Refusal(404, NOT_OWN)
