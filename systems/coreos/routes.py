"""Which path is answered by whom; and what a misconfigured API answers instead."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from systems.chassis.http import Resource, reply
from systems.coreos import ops_routes
from systems.coreos.job_routes import JobRoutes
from systems.coreos.ops_routes import OpsRoutes
from systems.coreos.owner_routes import OwnerRoutes
from systems.coreos.pages import Pages
from systems.coreos.worker_routes import WorkerRoutes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from systems.coreos.service import Service

HEALTH = "/api/worker/health"


def application(service: Service, public: Mapping[str, str]) -> ASGIApp:
    """The API of a service, and of the public values of its build."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        yield
        await service.store.close()
        await service.probe.close()

    resources = (
        *_open(OpsRoutes(service)),
        *_workers(WorkerRoutes(service)),
        *_owner(OwnerRoutes(service)),
        *_pages(Pages(service, public)),
        *_jobs(JobRoutes(service)),
    )
    routes = [Route(path, resource) for path, resource in resources]
    return Router(routes, redirect_slashes=False, default=_not_found, lifespan=lifespan)


def refusal(warnings: Sequence[str], node_env: str, commit_sha: str) -> ASGIApp:
    """The API of a misconfigured process: its health says what is wrong, every other path is refused."""

    async def degraded(_request: Request) -> Response:
        return ops_routes.health("degraded", node_env, commit_sha, warnings)

    return Router(
        [Route(HEALTH, Resource(get=degraded))], redirect_slashes=False, default=_misconfigured
    )


def _open(ops: OpsRoutes) -> Sequence[tuple[str, Resource]]:
    return (
        (HEALTH, Resource(get=ops.health)),
        ("/api/ops/metrics/summary", Resource(get=ops.summary)),
        ("/api/ops/metrics/timeseries", Resource(get=ops.timeseries)),
        ("/api/ops/jobs/stuck", Resource(get=ops.stuck)),
        ("/api/trust/attestation/public-key", Resource(get=ops.public_key)),
    )


def _workers(worker: WorkerRoutes) -> Sequence[tuple[str, Resource]]:
    return (
        ("/api/jobs/claim", Resource(get=worker.claimable, post=worker.claim)),
        ("/api/jobs/heartbeat", Resource(post=worker.heartbeat)),
        ("/api/jobs/result", Resource(post=worker.result)),
    )


def _owner(owner: OwnerRoutes) -> Sequence[tuple[str, Resource]]:
    return (
        ("/api/jobs/reaper", Resource(post=owner.reap)),
        ("/api/jobs/dlq", Resource(get=owner.dead_letters)),
        ("/api/ops/workers", Resource(get=owner.workers)),
        ("/api/ops/audit", Resource(get=owner.audit)),
    )


def _pages(pages: Pages) -> Sequence[tuple[str, Resource]]:
    return (
        ("/api/auth/session", Resource(post=pages.log_in)),
        ("/ops/login", Resource(get=pages.login_page)),
        ("/ops", Resource(get=pages.dashboard)),
    )


def _jobs(jobs: JobRoutes) -> Sequence[tuple[str, Resource]]:
    # A job's id may hold anything, slashes too: these come last.
    return (
        ("/api/jobs/enqueue", Resource(post=jobs.enqueue)),
        ("/api/ops/jobs/list", Resource(get=jobs.list)),
        ("/api/jobs/{job_id:path}/suspend", Resource(post=jobs.suspend)),
        ("/api/jobs/{job_id:path}/resume", Resource(post=jobs.resume)),
        ("/api/jobs/{job_id:path}/priority", Resource(post=jobs.prioritise)),
        ("/api/jobs/{job_id:path}/requeue", Resource(post=jobs.requeue)),
        ("/api/jobs/{job_id:path}", Resource(get=jobs.show)),
    )


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await reply({"error": "Not found"}, 404)(scope, receive, send)


async def _misconfigured(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        body = {"error": "Service misconfigured", "code": "MISCONFIGURED"}
        await reply(body, 503)(scope, receive, send)
