"""How the API says that it is well, or unwell, when it is not."""

from __future__ import annotations

import os
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

jobsources = ids("jobsources")
WORDS = ("drizzle", "required_tables", "memory_rss", "disk health")


def _constant(_handler: Any) -> Any:
    """All is up, whatever is."""

    async def told(*_: Any) -> Any:
        from systems.jobsources.envelope import success

        parts = {name: {"status": "up"} for name in WORDS}
        return success({"status": "ok", "info": parts, "error": {}, "details": parts})

    return told


def _for_whoever_is_known(health: Any) -> Any:
    """Whoever asks first is answered; all others need a token."""
    asked = []

    async def told(routes: Any, request: Any) -> Any:
        from systems.chassis.http import Refusal

        asked.append(request)
        if len(asked) > 1 and "authorization" not in request.headers:
            raise Refusal(401, "Unauthorized")
        return await health(routes, request)

    return told


def _store_taken_for_up(told: Any) -> Any:
    return lambda is_up: told({**is_up, "drizzle": True, "required_tables": True})


def _patient(probe: Any) -> Any:
    """Nothing ends a question that the store does not answer."""
    return lambda dsn, question, limit_ms: probe(dsn, question, limit_ms=limit_ms * 1000)


def _fatal(_drop: Any) -> Any:
    """A connection that the store ended ends the process."""
    return lambda _probe: os._exit(1)


def _throttled(opened: Any) -> Any:
    """So many probes a minute."""

    def entries(service: Any) -> Any:
        from systems.jobsources.endpoint import Offered
        from systems.jobsources.limits import Throttle
        from systems.jobsources.throttle import Bucket

        for method, path, offered in opened(service):
            bucket = Bucket(Throttle(limit=100, ttl_ms=60_000))
            yield method, path, Offered(handler=offered.handler, bucket=bucket)

    return entries


def _with_the_worker(health: Any) -> Any:
    """A worker that was seen once must be there from then on."""
    seen = []

    async def told(routes: Any, request: Any) -> Any:
        from systems.chassis.http import Refusal
        from systems.jobsources import outbound

        url = routes.service.settings.worker.task_url.removesuffix("/tasks") + "/health"
        try:
            await outbound.ask("GET", url, limit_ms=1000, headers={})
            seen.append(url)
        except outbound.Unanswered:
            if seen:
                raise Refusal(503, "The worker is away") from None
        return await health(routes, request)

    return told


FAULTS = (
    Fault(
        name="health-wants-token",
        process="api",
        breaks=jobsources("api-health-open"),
        plant=around("systems.jobsources.health_routes:HealthRoutes.health", _for_whoever_is_known),
    ),
    Fault(
        name="health-always-ok",
        process="api",
        breaks=jobsources("api-health-tells-parts"),
        plant=around("systems.jobsources.health_routes:HealthRoutes.health", _constant),
    ),
    Fault(
        name="store-taken-for-up",
        process="api",
        breaks=jobsources("readiness-follows-database", "api-health-tells-parts"),
        plant=around("systems.jobsources.health_routes:_told", _store_taken_for_up),
    ),
    Fault(
        name="probe-without-limit",
        process="api",
        breaks=jobsources("readiness-follows-database"),
        plant=around("systems.jobsources.service:Probe", _patient),
    ),
    Fault(
        name="dies-with-store",
        process="api",
        breaks=jobsources("readiness-follows-database"),
        plant=around("systems.chassis.health:Probe._drop", _fatal),
    ),
    Fault(
        name="disk-unseen",
        process="api",
        breaks=jobsources("readiness-covers-disk"),
        plant=value("systems.jobsources.health_routes:used_share", lambda _: 0.0),
    ),
    Fault(
        name="readiness-constant",
        process="api",
        breaks=jobsources("readiness-at-health-test"),
        plant=around("systems.jobsources.health_routes:HealthRoutes.ready", _constant),
    ),
    Fault(
        name="probes-throttled",
        process="api",
        breaks=jobsources("probes-never-throttled"),
        plant=around("systems.jobsources.routes:_open", _throttled),
    ),
    Fault(
        name="health-asks-worker",
        process="api",
        breaks=jobsources("each-health-stands-alone"),
        plant=around("systems.jobsources.health_routes:HealthRoutes.health", _with_the_worker),
    ),
)
