"""What workers may do: end a run, say that it goes on, and hand in what it found so far."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis import instants
from systems.chassis.http import Refusal
from systems.jobsources import callbacks, signatures
from systems.jobsources.ending import TERMINAL, Ending
from systems.jobsources.envelope import success
from systems.jobsources.fields import is_uuid4
from systems.jobsources.keeping import keep
from systems.jobsources.signatures import Parts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.jobsources.service import Service


@dataclass(frozen=True, slots=True)
class CallbackRoutes:
    """Handlers for workers."""

    service: Service

    async def complete(self, request: Request) -> Response:
        """POST how a run ended."""
        told = callbacks.ended(await self.service.body(request))
        parts = Parts(
            source_run_id=told.source_run_id,
            status=told.status,
            run_id=told.run_id,
            request_id=_request_id(request),
            event_id=told.event_id,
        )
        await self.service.access.check(request, parts)
        async with self.service.store.transaction() as tx:
            answer = await Ending(tx, told, request.state.request_id).apply()
        return success(answer, 201)

    async def heartbeat(self, request: Request) -> Response:
        """POST a sign of life."""
        run_id = _run_id(request)
        told = callbacks.beat(await self.service.body(request))
        parts = signatures.heartbeat(run_id, told.run_id, _request_id(request))
        signed = await self.service.access.check(request, parts)
        async with self.service.store.transaction() as tx:
            progress = json.dumps(told.progress) if told.progress else None
            moved = await tx.row("beat", id=run_id, progress=progress, signed=signed)
            run = moved or await tx.row("pulse", id=run_id)
        return success(_pulse(run, has_moved=moved is not None), 201)

    async def offer(self, request: Request) -> Response:
        """POST one offer."""
        return await self._ingest(request, is_batch=False)

    async def offers(self, request: Request) -> Response:
        """POST many offers."""
        return await self._ingest(request, is_batch=True)

    async def _ingest(self, request: Request, *, is_batch: bool) -> Response:
        run_id = _run_id(request)
        told = callbacks.ingested(await self.service.body(request), is_batch=is_batch)
        if told.source_run_id.lower() != run_id.lower():
            raise Refusal(400, "sourceRunId is not the run of this path")
        parts = Parts(
            source_run_id=run_id,
            status=signatures.INGEST,
            run_id=told.run_id,
            request_id=_request_id(request),
            event_id=told.event_id,
        )
        await self.service.access.check(request, parts)
        async with self.service.store.transaction() as tx:
            return success(await _ingested(tx, run_id, told), 201)


async def _ingested(tx: Transaction, run_id: str, told: callbacks.Found) -> dict[str, object]:
    run = await tx.row("hold_run", id=run_id)
    if run is None:
        raise Refusal(404, "Source run not found")
    if run.status in TERMINAL or not told.offers:
        return {"ok": True, "status": run.status, "ignored": True}
    await tx.run("start_run", id=run_id)
    linked = await keep(tx, run_id, told.offers)
    counts = {"ingested": len(told.offers), "linked": linked, "deferred": 0}
    return {"ok": True, "status": "RUNNING", **counts}


def _pulse(run: Row | None, *, has_moved: bool) -> dict[str, object]:
    if run is None:
        raise Refusal(404, "Source run not found")
    if run.status in TERMINAL:
        return {"ok": True, "status": run.status, "ignored": True}
    at = instants.exact(run.last_heartbeat_at) if run.last_heartbeat_at else None
    return {"ok": True, "status": run.status, "heartbeatAt": at, "deduped": not has_moved}


def _run_id(request: Request) -> str:
    """The run of the path, its case kept. Raises Refusal 400."""
    run_id = str(request.path_params["id"])
    if not is_uuid4(run_id):
        raise Refusal(400, "id must be a UUID")
    return run_id


def _request_id(request: Request) -> str:
    """The request's id as its sender gave it; the one that is made here was not signed."""
    return str(request.headers.get(signatures.REQUEST_ID_HEADER, ""))
