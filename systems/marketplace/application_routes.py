"""One application: read by both sides, answered by the client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.chassis.jose import TokenInvalid
from systems.marketplace import bodies, lists, views
from systems.marketplace.apply_routes import MISSING, NOT_PENDING
from systems.marketplace.callers import bearer
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.schema import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Transaction
    from systems.marketplace.callers import Caller
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

PATH = "/api/jobs/{id}/applications/{application}"
ANSWERS = {"accept": "ACCEPTED", "reject": "REJECTED"}


def entries(service: Service) -> Iterator[Entry]:
    """Read, and answer."""
    routes = ApplicationRoutes(service)
    yield "GET", PATH, Offered(handler=routes.show)
    yield "PATCH", PATH, Offered(handler=routes.answer, takes_json=True)


@dataclass(frozen=True, slots=True)
class ApplicationRoutes:
    """Handlers for the two whom an application concerns."""

    service: Service

    async def show(self, request: Request) -> Response:
        """GET it."""
        caller = self._caller(request)
        async with self.service.store.transaction() as tx:
            row = await tx.row("application_by_id", **_place(request), reader_id=caller.id)
        if row is None:
            raise Refusal(404, MISSING)
        shown = views.columns(row, views.APPLICATION_COLUMNS)
        freelancer = {"id": row.freelancerId, "username": row.username}
        return success({"application": {**shown, "freelancer": freelancer}})

    async def answer(self, request: Request) -> Response:
        """PATCH whether it is accepted: one is, at most, and then work begins."""
        caller = self._caller(request)
        fields = Fields(await bodies.fields(request))
        status = fields.choice("action", ANSWERS, is_required=True)
        async with self.service.store.transaction() as tx:
            await self._answer(tx, request, caller, status, fields)
        if status == "ACCEPTED":
            await self.service.lists.bump(lists.JOBS)
        return success({"message": f"Application {str(status).lower()}"})

    async def _answer(
        self, tx: Transaction, request: Request, caller: Caller, status: str | None, fields: Fields
    ) -> None:
        place = _place(request)
        job = await tx.row("hold_job", id=place["job_id"], client_id=caller.id)
        if job is None or await tx.row("application_by_id", **place, reader_id=caller.id) is None:
            raise Refusal(404, MISSING)
        fields.check()
        if (
            job.status != "OPEN"
            or await tx.row("answer_application", **place, status=status) is None
        ):
            raise Refusal(409, NOT_PENDING)
        if status == "ACCEPTED":
            await tx.run("reject_others", **place)
            await tx.run("begin_job", id=job.id)

    def _caller(self, request: Request) -> Caller:
        try:
            return self.service.callers.identified(bearer(request))
        except TokenInvalid:
            raise Refusal(401, "Authentication required") from None


def _place(request: Request) -> dict[str, str]:
    told = request.path_params
    return {"id": told["application"], "job_id": told["id"]}
