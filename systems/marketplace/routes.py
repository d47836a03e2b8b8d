"""
Which path is answered by whom.

Each module of routes has `entries(service)`, which yields method, path and what is offered there, as
`admin_routes` does. A new module is imported here and named in `MODULES`; nothing else is needed.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from systems.marketplace import (
    admin_routes,
    application_routes,
    apply_routes,
    auth_routes,
    draft_routes,
    escrow_routes,
    job_routes,
    list_routes,
    metric_routes,
    profile_routes,
    wallet_routes,
)
from systems.marketplace.endpoint import Endpoint, Offered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from starlette.types import ASGIApp

    from systems.marketplace.service import Service

#: Method, path and what is offered there.
Entry = tuple[str, str, Offered]
MODULES = (
    admin_routes,
    metric_routes,
    auth_routes,
    wallet_routes,
    profile_routes,
    list_routes,
    job_routes,
    apply_routes,
    application_routes,
    draft_routes,
    escrow_routes,
)


def application(service: Service) -> ASGIApp:
    """The API of a service."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield
        await service.close()

    offered = by_path(entry for module in MODULES for entry in module.entries(service))
    routes = [Route(path, Endpoint(service, path, methods)) for path, methods in offered.items()]
    unknown = Endpoint(service, "other", {})
    return Router(routes, redirect_slashes=False, default=unknown, lifespan=lifespan)


def by_path(entries: Iterable[Entry]) -> Mapping[str, Mapping[str, Offered]]:
    """Path → method → what is offered there; a path stands where it was first named."""
    found: dict[str, dict[str, Offered]] = {}
    for method, path, offered in entries:
        found.setdefault(path, {})[method] = offered
    return found
