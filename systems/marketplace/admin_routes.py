"""Whether all is well, told to whoever asks; and the page at the root."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from systems.chassis import instants
from systems.chassis.http import reply
from systems.marketplace import health
from systems.marketplace.endpoint import Offered, is_maintenance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.marketplace.health import Found
    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

PAGE = "<!doctype html><html lang=en><title>Marketplace</title><h1>Marketplace</h1>"


def entries(service: Service) -> Iterator[Entry]:
    """The root, and health."""
    routes = AdminRoutes(service)
    yield "GET", "/", Offered(handler=routes.root)
    yield "GET", "/api/admin/health", Offered(handler=routes.health, is_always_on=True)


@dataclass(frozen=True, slots=True)
class AdminRoutes:
    """Handlers that need no token."""

    service: Service
    _began: float = field(default_factory=time.monotonic)

    async def root(self, _request: Request) -> Response:
        """GET a page."""
        return HTMLResponse(PAGE)

    async def health(self, request: Request) -> Response:
        """GET how it is."""
        settings = self.service.settings
        found = await self._look()
        judged = health.judge(found, is_production=not settings.surroundings.is_dev)
        told = {
            "success": judged.is_well,
            "status": judged.status,
            **({"error": judged.error} if judged.error else {}),
            "timestamp": instants.now(),
            "uptimeSec": int(time.monotonic() - self._began),
            "environment": settings.surroundings.name,
            "commit": settings.release.commit,
            "version": settings.release.version,
            "db": {"ok": found.db, "migrations": found.finished, "pending": found.pending},
            "redis": {"ok": found.redis, "backend": self._backend(found)},
            "chain": None if found.chain is None else {"ok": found.chain},
            "requestId": request.state.request_id,
        }
        return reply(told, 200 if judged.is_well else 503)

    async def _look(self) -> Found:
        service = self.service
        db, applied, redis, chain = await asyncio.gather(
            service.probe.store_answers(),
            service.applied.rows(),
            service.redis.answers(),
            service.node.answers(),
        )
        return health.Found(
            is_closed=is_maintenance(service),
            db=db,
            applied=dict(applied) if db and applied is not None else None,
            shipped=health.shipped(service.settings.migrations),
            redis=redis or not service.redis.is_configured,
            chain=chain if service.node.is_configured else None,
        )

    def _backend(self, found: Found) -> str:
        is_memory = self.service.settings.surroundings.is_dev and not found.redis
        return "memory" if is_memory or not self.service.redis.is_configured else "redis"
