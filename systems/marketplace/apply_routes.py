"""Applications, as those who apply make, change and withdraw them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from psycopg.errors import ForeignKeyViolation

from systems.chassis.http import Refusal
from systems.marketplace import bodies, lists, texts, views
from systems.marketplace.callers import bearer
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.schema import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.marketplace.callers import Caller
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

LEAST_LETTER, LEAST_DURATION = 5, 1
LIMITED = "Rate limit exceeded. Please try again later."
NOT_PENDING = "Application not pending"
MISSING = "Application not found"


def entries(service: Service) -> Iterator[Entry]:
    """By the present path, and by the one before."""
    routes, path = ApplyRoutes(service), "/api/jobs/{id}/apply"
    legacy = partial(routes.apply, limit="legacy_apply", again=400)
    yield "POST", path, Offered(handler=routes.apply)
    yield "PATCH", path, Offered(handler=routes.change)
    yield "DELETE", path, Offered(handler=routes.withdraw)
    yield "POST", "/api/jobs/{id}", Offered(handler=legacy, takes_json=True, flag="legacy_apply")


@dataclass(frozen=True, slots=True)
class ApplyRoutes:
    """Handlers for freelancers."""

    service: Service

    async def apply(self, request: Request, *, limit: str = "apply", again: int = 409) -> Response:
        """POST an application; `again` is what a second one is answered."""
        caller, body = await self._asked(request, limit)
        async with self.service.store.transaction() as tx:
            row = await _added(tx, request.path_params["id"], caller.id, body)
        if row is None:
            raise Refusal(again, "Already applied")
        await self.service.lists.bump(lists.JOBS)
        return success({"application": views.columns(row, views.APPLICATION_COLUMNS)})

    async def change(self, request: Request) -> Response:
        """PATCH one's own application, until it is answered."""
        caller, body = await self._asked(request, "apply_edit")
        told = _terms(body, is_partial=True)
        own = {"job_id": request.path_params["id"], "freelancer_id": caller.id}
        async with self.service.store.transaction() as tx:
            row = await tx.row("change_application", **own, **told)
            if row is None:
                await _refuse(tx, own)
        return success({"application": views.columns(row, views.APPLICATION_COLUMNS)})

    async def withdraw(self, request: Request) -> Response:
        """DELETE one's own application, until it is answered."""
        caller = await self._limited(request, "apply_withdraw")
        own = {"job_id": request.path_params["id"], "freelancer_id": caller.id}
        async with self.service.store.transaction() as tx:
            if await tx.row("drop_application", **own) is None:
                await _refuse(tx, own)
        await self.service.lists.bump(lists.JOBS)
        return success({"message": "Application withdrawn"})

    async def _asked(self, request: Request, limit: str) -> tuple[Caller, Mapping[str, object]]:
        return await self._limited(request, limit), await bodies.fields(request)

    async def _limited(self, request: Request, limit: str) -> Caller:
        await self.service.limiter.check(limit, self.service.address(request), LIMITED)
        caller = self.service.callers.caller(bearer(request))
        caller.require("write:applications")
        return caller


async def _added(
    tx: Transaction, job_id: str, freelancer_id: str, body: Mapping[str, object]
) -> Row | None:
    """The new application, None where there is one; meanwhile nobody accepts another's."""
    job = await tx.row("open_job", id=job_id)
    if job is None:
        raise Refusal(404, "Job not found")
    if job.status != "OPEN":
        raise Refusal(400, "Job not open for applications")
    if job.clientId == freelancer_id:
        raise Refusal(400, "Cannot apply to own job")
    told = _terms(body)
    told["proposedRate"] = told["proposedRate"] or job.budgetAmount
    try:
        return await tx.row(
            "add_application", id=str(uuid4()), job_id=job_id, freelancer_id=freelancer_id, **told
        )
    except ForeignKeyViolation:
        raise Refusal(404, "User not found") from None


def _terms(body: Mapping[str, object], *, is_partial: bool = False) -> dict[str, object]:
    fields = Fields(body, is_partial=is_partial)
    letter = fields.text("coverLetter", LEAST_LETTER, texts.COVER_LETTER, is_required=True)
    duration = fields.text("estimatedDuration", LEAST_DURATION, texts.DURATION, is_required=True)
    told = {"proposedRate": fields.number("proposedRate"), "portfolio": fields.url("portfolio")}
    fields.check()
    return {
        **told,
        "coverLetter": None if letter is None else texts.plain(letter),
        "estimatedDuration": None if duration is None else texts.plain(duration),
    }


async def _refuse(tx: Transaction, own: Mapping[str, str]) -> None:
    if await tx.row("own_application", **own) is None:
        raise Refusal(404, MISSING)
    raise Refusal(409, NOT_PENDING)
