"""Requests for resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.chassis import canonical
from systems.chassis.http import Refusal
from systems.kernel import principals, requests, turns
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.kernel.principals import Principal
    from systems.kernel.service import Service
    from systems.kernel.turns import Turn


@dataclass(frozen=True, slots=True)
class AllocationRoutes:
    """Handlers for allocations."""

    service: Service

    async def allocate(self, request: Request) -> Response:
        """POST allocate: a request that waits for somebody to grant it."""
        principal = await self.service.allow(request, principals.ALLOCATORS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        columns = _allocation(body, principal)
        delta = canonical.parse(columns["delta"].encode())
        told = {"entityId": columns["entity_id"], "pool": columns["pool"], "delta": delta}
        allocation_id = str(columns["id"])

        async def act(turn: Turn) -> Answer:
            resource = {"id": allocation_id, **told}
            await turn.decide("allocation.request", resource, {"allocation": told})
            async with turn.recording() as recording:
                if await recording.tx.row("add_allocation", **columns) is None:
                    raise Refusal(409, "allocation_exists")
                payload = {"allocationId": allocation_id, "payload": body}
                payload |= {"principal": principal.shown()}
                await recording.append("allocation.requested", payload)
                return await turn.keep(recording.tx, Answer({"allocationId": allocation_id}))

        key = turns.key_of(request, principal, body, is_required=False)
        return await turns.take(self.service, principal, key, act)


def _allocation(body: Mapping[str, Any], principal: Principal) -> dict[str, Any]:
    """The allocation's columns. Raises Refusal 400."""
    fields = requests.Fields(body)
    requester = fields.text("requestedBy", "requested_by", "requester")
    columns = {
        "id": fields.uuid("id") or uuid4(),
        "entity_id": fields.text("entity_id", "entityId", is_required=True),
        "pool": fields.text("pool"),
        "delta": fields.number("delta") or "0",
        "reason": fields.text("reason"),
        "requested_by": principal.id if requester is None else requester,
    }
    fields.check()
    return columns
