"""What admins see: that they are admins, numbers, flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from systems.marketplace.callers import bearer, session
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.exposition import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service


def entries(service: Service) -> Iterator[Entry]:
    """Ping, metrics for people and for Prometheus, flags."""
    routes, path = MetricRoutes(service), "/api/admin/metrics"
    yield "GET", "/api/admin/ping", Offered(handler=routes.ping)
    yield "GET", path, Offered(handler=routes.metrics, is_always_on=True)
    yield "GET", f"{path}.prom", Offered(handler=routes.scrape, is_always_on=True)
    yield "GET", "/api/admin/flags", Offered(handler=routes.flags)


@dataclass(frozen=True, slots=True)
class MetricRoutes:
    """Handlers for admins."""

    service: Service

    async def ping(self, request: Request) -> Response:
        """GET that one is an admin."""
        caller = self.service.callers.admin(session(request))
        user = {"id": caller.id, "username": caller.username}
        return success({"message": "admin-ok", "user": user})

    async def metrics(self, request: Request) -> Response:
        """GET numbers, for people."""
        self.service.callers.admin(bearer(request))
        return success({"metrics": self.service.metrics.snapshot()})

    async def scrape(self, request: Request) -> Response:
        """GET numbers, for Prometheus."""
        self.service.callers.admin(bearer(request))
        return PlainTextResponse(self.service.scrape.text(), headers={"Content-Type": CONTENT_TYPE})

    async def flags(self, request: Request) -> Response:
        """GET what is on."""
        self.service.callers.admin(bearer(request))
        return success({"flags": dict(self.service.settings.flags)})
