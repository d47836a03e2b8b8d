"""Which path is answered by whom, how long it took, and what is said when something is away or broken."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.routing import Route, Router

from systems.chassis.http import Refusal, Resource, reply
from systems.chassis.outages import StoreUnavailable
from systems.kernel import watch
from systems.kernel.agent_routes import AgentRoutes
from systems.kernel.allocation_routes import AllocationRoutes
from systems.kernel.audit_routes import AuditRoutes
from systems.kernel.kms_client import KmsUnavailable
from systems.kernel.manifest_routes import ManifestRoutes
from systems.kernel.ops_routes import OpsRoutes
from systems.kernel.signer_routes import SignerRoutes
from systems.kernel.upgrade_routes import UpgradeRoutes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from systems.chassis.http import Handler
    from systems.kernel.metrics import Metrics
    from systems.kernel.service import Service

FIRST_SERVER_ERROR = 500
OTHER = "other"
log = logging.getLogger("systems.kernel")


def application(service: Service) -> ASGIApp:
    """The Kernel's API."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        async with _watching(service):
            yield
        await service.close()

    routes = [
        Route(path, Measured(path, resource, service.metrics))
        for path, resource in _resources(service)
    ]
    unknown = Measured(OTHER, _not_found, service.metrics)
    return Router(routes, redirect_slashes=False, default=unknown, lifespan=lifespan)


class Measured:
    """A resource whose answers are counted and timed under its path's template; errors are logged."""

    def __init__(self, route: str, app: ASGIApp, metrics: Metrics) -> None:
        self._route = route.replace(":path", "")
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, time.monotonic()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, noted)
        seconds = time.monotonic() - began
        self._metrics.requests[scope["method"], self._route, str(status)].observe(seconds)
        told = {"method": scope["method"], "path": scope["path"], "status": status}
        told |= {"duration_ms": round(seconds * 1000)}
        if status >= FIRST_SERVER_ERROR:
            log.error("request failed", extra=told)
        else:
            log.debug("request", extra=told)


def _resources(service: Service) -> Iterator[tuple[str, Resource]]:
    ops, manifests, audit = OpsRoutes(service), ManifestRoutes(service), AuditRoutes(service)
    agents, upgrades, signer = AgentRoutes(service), UpgradeRoutes(service), SignerRoutes(service)
    allocate = AllocationRoutes(service).allocate
    gets = {
        "/health": ops.health,
        "/ready": ops.ready,
        "/metrics": ops.metrics,
        "/kernel/security/status": ops.security_status,
        "/kernel/division/{id}": manifests.division,
        "/kernel/agent/{id}": agents.agent,
        "/kernel/agent/{id}/state": agents.state,
        "/kernel/audit/head": audit.head,
        "/kernel/audit/export": audit.export,
        "/kernel/audit/verify": audit.verify,
        "/kernel/audit/{id}": audit.event,
    }
    posts = {
        "/kernel/sign": manifests.sign,
        "/kernel/division": manifests.put_division,
        "/kernel/allocate": allocate,
        "/kernel/agent": agents.add,
        "/kernel/eval": agents.evaluate,
        "/kernel/upgrade": upgrades.submit,
        "/kernel/upgrade/{id:path}/approve": upgrades.approve,
        "/kernel/upgrade/{id:path}/apply": upgrades.apply,
        "/kernel/signer/rotation": signer.rotate,
        "/kernel/signer/compromise": signer.compromise,
    }
    for path, handler in gets.items():
        yield path, Resource(get=_answered(handler))
    for path, handler in posts.items():
        yield path, Resource(post=_answered(handler))


def _answered(handler: Handler) -> Handler:
    """A handler that says what is away, and of a bug nothing but that there is one."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except (Refusal, ClientDisconnect):
            raise
        except StoreUnavailable as reason:
            refusal, why = Refusal(503, "db.unavailable"), str(reason)
        except KmsUnavailable as reason:
            refusal, why = Refusal(503, "kms.unavailable"), str(reason)
        except Exception:
            log.exception("a handler failed", extra={"path": request.url.path})
            raise Refusal(500, "internal_error") from None
        log.error(refusal.body["error"], extra={"path": request.url.path, "why": why})
        raise refusal

    return answer


@asynccontextmanager
async def _watching(service: Service) -> AsyncIterator[None]:
    """Look after what is needed, as long as requests are answered."""
    tasks = (
        asyncio.create_task(watch.look_after(service.watched, service.metrics)),
        asyncio.create_task(watch.give_up_when_frozen(service.store, service.probe.store_answers)),
    )
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await reply({"error": "not_found"}, 404)(scope, receive, send)
