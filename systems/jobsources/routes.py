"""Which path is answered by whom, how often, and what goes on beside."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from systems.jobsources import watchdog
from systems.jobsources.auth_routes import AuthRoutes
from systems.jobsources.callback_routes import CallbackRoutes
from systems.jobsources.endpoint import Endpoint, Offered, routes_of
from systems.jobsources.health_routes import HealthRoutes
from systems.jobsources.llm_routes import LlmRoutes
from systems.jobsources.ops_routes import OpsRoutes
from systems.jobsources.run_routes import RunRoutes
from systems.jobsources.throttle import Bucket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

    from systems.jobsources.service import Service

RUNS = "/api/job-sources/runs"
#: Method, path and what is offered there.
Entry = tuple[str, str, Offered]


def application(service: Service) -> ASGIApp:
    """The API of a service."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        async with _looking_after(service):
            yield
        await service.close()

    entries = [*_open(service), *_workers(service), *_users(service), *_ops(service)]
    routes = [
        Route(path, Endpoint(path, methods, service.metrics))
        for path, methods in routes_of(entries).items()
    ]
    unknown = Endpoint("other", {}, service.metrics)
    return Router(routes, redirect_slashes=False, default=unknown, lifespan=lifespan)


def _open(service: Service) -> Iterator[Entry]:
    """What is never throttled, for a prober that is locked out sees an outage."""
    health, ops = HealthRoutes(service), OpsRoutes(service)
    yield "GET", "/", Offered(handler=health.root)
    yield "GET", "/health", Offered(handler=health.health)
    yield "GET", "/health/test", Offered(handler=health.ready)
    yield "GET", "/metrics", Offered(handler=ops.series)


def _workers(service: Service) -> Iterator[Entry]:
    """Nor are workers: their pace is that of the runs that were let in."""
    callbacks = CallbackRoutes(service)
    yield "POST", "/api/job-sources/complete", Offered(handler=callbacks.complete)
    yield "POST", f"{RUNS}/{{id}}/heartbeat", Offered(handler=callbacks.heartbeat)
    yield "POST", f"{RUNS}/{{id}}/offers", Offered(handler=callbacks.offer)
    yield "POST", f"{RUNS}/{{id}}/offers/batch", Offered(handler=callbacks.offers)


def _users(service: Service) -> Iterator[Entry]:
    runs, llm = RunRoutes(service), LlmRoutes(service).refuse
    throttles = service.settings.throttles

    def offered(bucket: str) -> Bucket:
        return Bucket(throttles[bucket])

    yield (
        "POST",
        "/api/auth/login",
        Offered(handler=AuthRoutes(service).login, bucket=offered("AUTH")),
    )
    yield (
        "POST",
        "/api/job-sources/scrape",
        Offered(handler=runs.scrape, bucket=offered("SENSITIVE")),
    )
    yield "GET", RUNS, Offered(handler=runs.list, bucket=offered("READ"))
    yield "GET", f"{RUNS}/{{id}}", Offered(handler=runs.show, bucket=offered("READ"))
    yield "POST", f"{RUNS}/{{id}}/retry", Offered(handler=runs.retry, bucket=offered("WRITE"))
    for path in (
        "/api/career-profiles",
        "/api/job-offers/{id}/score",
        "/api/job-offers/{id}/generate-prep",
    ):
        yield "POST", path, Offered(handler=llm, bucket=offered("WRITE"), is_llm=True)


def _ops(service: Service) -> Iterator[Entry]:
    ops, throttles = OpsRoutes(service), service.settings.throttles
    posts = {
        "/api/ops/reconcile-stale-runs": ops.reconcile,
        "/api/ops/scrape/callbacks/replay": ops.replay,
    }
    yield "GET", "/api/ops/metrics", Offered(handler=ops.metrics, bucket=Bucket(throttles["READ"]))
    for path, handler in posts.items():
        yield "POST", path, Offered(handler=handler, bucket=Bucket(throttles["WRITE"]))


@asynccontextmanager
async def _looking_after(service: Service) -> AsyncIterator[None]:
    """Deliver and sweep, as long as requests are answered."""
    tasks = (
        asyncio.create_task(service.dispatcher.look_after()),
        asyncio.create_task(watchdog.look_after(service.store, service.settings.limits)),
    )
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
