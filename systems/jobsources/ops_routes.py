"""What operators and their programs may see and do: numbers, stale runs, letters to be sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response

from systems.chassis import instants
from systems.chassis.http import Refusal
from systems.chassis.outages import StoreUnavailable
from systems.jobsources import outbound, run_metrics, watchdog
from systems.jobsources.access import is_bearer
from systems.jobsources.envelope import success
from systems.jobsources.request_metrics import gauges

if TYPE_CHECKING:
    from starlette.requests import Request

    from systems.chassis.store import Transaction
    from systems.jobsources.service import Service

LONGEST_WINDOW = 168
REPLAY_MS = 60_000
QUERY_OK = "jobsources_metrics_query_ok"
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class OpsRoutes:
    """Handlers for admins, and for whoever has the token of operations."""

    service: Service

    async def metrics(self, request: Request) -> Response:
        """GET the numbers as JSON."""
        user_id = self.service.user_id(request)
        async with self.service.store.transaction() as tx:
            await self._admin(tx, user_id)
            found = await run_metrics.read(tx, self.service.settings.limits, self._window(request))
        return success(found.shown() | {"timestamp": instants.now()})

    async def series(self, request: Request) -> Response:
        """GET the numbers as Prometheus reads them; where they cannot be had, that and no number."""
        settings = self.service.settings
        if not is_bearer(request, settings.ops_token):
            raise Refusal(401, "Unauthorized")
        try:
            async with self.service.store.transaction() as tx:
                found = await run_metrics.read(tx, settings.limits, settings.limits.window_hours)
            values = {QUERY_OK: 1, **found.gauges()}
        except StoreUnavailable:
            values = {QUERY_OK: 0}
        lines = [*gauges(values), *self.service.metrics.lines(), ""]
        return Response("\n".join(lines), media_type=TEXT)

    async def reconcile(self, request: Request) -> Response:
        """POST that stale runs are to be ended now."""
        settings = self.service.settings
        if not is_bearer(request, settings.ops_token):
            raise Refusal(403, "Forbidden")
        hours = self._window(request)
        async with self.service.store.transaction() as tx:
            scanned = (await tx.one("swept", window_hours=hours)).open
            reconciled = await watchdog.sweep(tx, settings.limits)
            ended = (await tx.one("swept", window_hours=hours)).ended
        told = {"scanned": scanned, "reconciled": reconciled, "failed": 0}
        told |= {"windowHours": hours, "reconciledInWindow": ended}
        return success({"ok": True, "timestamp": instants.now(), **told}, 201)

    async def replay(self, request: Request) -> Response:
        """POST that the worker is to send its letters again."""
        user_id, worker = self.service.user_id(request), self.service.settings.worker
        async with self.service.store.transaction() as tx:
            await self._admin(tx, user_id)
        url = urlsplit(worker.task_url)._replace(path="/callbacks/replay", query="").geturl()
        headers = {"authorization": f"Bearer {worker.auth_token}", "content-length": "0"}
        try:
            answer = await outbound.ask("POST", url, limit_ms=REPLAY_MS, headers=headers)
        except outbound.Unanswered as reason:
            raise Refusal(503, f"The worker does not answer: {reason}") from None
        if not answer.is_success:
            raise Refusal(503, f"The worker answered {answer.status}")
        return success(json.loads(answer.body), 201)

    async def _admin(self, tx: Transaction, user_id: str) -> None:
        """Raise Refusal 401 for nobody, 403 for anybody but an admin."""
        if not (await self.service.user(tx, user_id)).is_admin:
            raise Refusal(403, "Forbidden")

    def _window(self, request: Request) -> int:
        """Hours, of the query or by default, brought within bounds. Raises Refusal 400."""
        told = request.query_params.get("windowHours")
        if told is None:
            return self.service.settings.limits.window_hours
        if not told.removeprefix("-").isascii() or not told.removeprefix("-").isdigit():
            raise Refusal(400, "windowHours must be an integer")
        return max(1, min(LONGEST_WINDOW, int(told[:9])))
