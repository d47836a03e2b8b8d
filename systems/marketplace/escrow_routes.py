"""What clients and admins do with escrows, and who must be looked after."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.marketplace import bodies, escrow_orders, lists
from systems.marketplace.callers import bearer, session
from systems.marketplace.chain_escrows import Status
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.escrow_chain import EscrowChain
from systems.marketplace.escrow_orders import Action
from systems.marketplace.node import ChainAway
from systems.marketplace.views import columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.marketplace.callers import Caller
    from systems.marketplace.escrow_chain import OnChain
    from systems.marketplace.escrow_orders import Order
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

SCOPE = "escrow:manage"
#: How often an order that lost a race is looked at again: each time somebody else's was done.
ATTEMPTS = 20
#: What each order answers of the job.
ANSWERED: Mapping[Action, Sequence[str]] = {
    Action.RETRY: ("id", "escrowPending", "escrowDeploymentAttempts"),
    Action.MARK_DEPLOYED: ("id", "escrowDeployed", "escrowOnChainId"),
    Action.FAIL: ("id", "escrowPending"),
    Action.RELEASED: ("id", "status"),
    Action.ROLLBACK_REQUEST: ("id", "escrowRollbackRequested", "escrowRollbackReason"),
    Action.ROLLBACK_CONFIRM: ("id", "escrowDeployed", "escrowPending", "escrowCancelledAt"),
}
ITEM = (
    "jobId",
    "title",
    "clientId",
    "escrowPending",
    "escrowDeployed",
    "escrowOnChainId",
    "escrowDeploymentAttempts",
    "escrowRollbackRequested",
    "pendingSince",
)


def entries(service: Service) -> Iterator[Entry]:
    """Escrows."""
    routes = EscrowRoutes(service, EscrowChain(service.node, service.settings.chain.escrow))
    offered = Offered(handler=routes.act, takes_json=True, flag="escrow")
    yield "PATCH", "/api/jobs/{id}/escrow", offered
    yield "GET", "/api/escrow/stats", Offered(handler=routes.stats)


@dataclass(frozen=True, slots=True)
class EscrowRoutes:
    """Handlers for escrows."""

    service: Service
    chain: EscrowChain

    async def act(self, request: Request) -> Response:
        """PATCH an escrow."""
        caller = self.service.callers.caller(bearer(request), "Unauthorized")
        if not caller.is_admin:
            caller.require(SCOPE)
        order = escrow_orders.read(await bodies.fields(request))
        job_id = str(request.path_params["id"])
        job = await self._job(job_id)
        if job.clientId != caller.id and not caller.is_admin:
            raise Refusal(403, "Forbidden")
        await self.service.limiter.check("escrow", f"{caller.id}:{job_id}", "Rate limit exceeded")
        done = await self._done(order, job, caller)
        await self._changed()
        self._tell(order, done, caller)
        return success(_answer(order, done))

    async def stats(self, request: Request) -> Response:
        """GET how many there are, and which must be looked after."""
        self.service.callers.admin(session(request))
        threshold = self.service.settings.chain.pending_seconds
        job_id = request.query_params.get("jobId")
        async with self.service.store.transaction() as tx:
            counts = await tx.one("escrow_counts")
            stuck = await tx.rows("escrow_stuck", threshold=threshold)
            job = await tx.row("escrow_of", id=job_id) if job_id else None
        if job_id and job is None:
            raise Refusal(404, "Job not found")
        told: dict[str, object] = {
            "thresholdSec": threshold,
            "counts": counts._asdict(),
            "stuck": await asyncio.gather(*map(self._item, stuck)),
        }
        return success(told | ({"job": await self._item(job)} if job else {}))

    async def _done(self, order: Order, job: Row, caller: Caller) -> Row:
        """The row once it is done; who loses a race is judged by what the winner left."""
        threshold = self.service.settings.chain.pending_seconds
        for _ in range(ATTEMPTS):
            escrow_orders.check_flags(order, job, threshold, is_admin=caller.is_admin)
            number = escrow_orders.number_asked(order, job)
            found = None if number is None else await self._found(number)
            if number is not None:
                escrow_orders.check_chain(order, job, found)
            done = await self._written(order, job, found)
            if done is not None:
                return done
            job = await self._job(job.id)
        raise Refusal(409, "Escrow is being changed")

    async def _written(self, order: Order, job: Row, found: OnChain | None) -> Row | None:
        """What one conditional UPDATE left; None where somebody else's came first."""
        is_marked = order.action is Action.MARK_DEPLOYED
        values = {
            "id": job.id,
            "threshold": self.service.settings.chain.pending_seconds,
            "number": order.number if is_marked else job.escrowOnChainId,
            "is_completed": found is not None and found.status is Status.COMPLETED,
            "is_deployed": job.escrowDeployed,
            "reason": order.reason,
        }
        async with self.service.store.transaction() as tx:
            return await tx.row(f"escrow_{order.action}", **values)

    async def _job(self, job_id: str) -> Row:
        async with self.service.store.transaction() as tx:
            job = await tx.row("escrow_job", id=job_id)
        if job is None:
            raise Refusal(404, "Job not found")
        return job

    async def _found(self, number: int) -> OnChain | None:
        try:
            return await self.chain.find(number)
        except ChainAway:
            raise Refusal(503, "Escrow chain unavailable") from None

    async def _item(self, row: Row) -> dict[str, object]:
        """An escrow as who looks after it sees it."""
        status = await self.chain.status(row.escrowOnChainId)
        return {**columns(row, ITEM), "chainStatus": status}

    async def _changed(self) -> None:
        await self.service.lists.bump(lists.JOBS)

    def _tell(self, order: Order, done: Row, caller: Caller) -> None:
        events = self.service.events
        events.tell("escrow.action", {"action": order.action, "jobId": done.id})
        if order.action is Action.ROLLBACK_CONFIRM:
            told = {"onChainId": done.escrowOnChainId, "reason": done.escrowRollbackReason}
            events.tell("escrow.rollback", {"jobId": done.id, **told, "actor": caller.id})


def _answer(order: Order, done: Row) -> dict[str, object]:
    """What the caller is told: the flags that the order is about."""
    if order.action is Action.RELEASE:
        told = {"escrowId": done.escrowOnChainId, "milestoneIndex": order.milestone}
        return {"action": order.action, **told}
    return {"job": columns(done, ANSWERED[order.action]), "action": order.action}
