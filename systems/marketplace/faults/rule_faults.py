"""How requests are let in, closed out and told of otherwise than the runbook says."""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

from systems.chassis.seams import Fault, around, ids, value

market = ids("marketplace")
ENDPOINT = "systems.marketplace.endpoint"


def _strict(_hsts: Any) -> Any:
    """As in production."""
    from systems.marketplace.endpoint import HSTS

    return lambda _where: HSTS


def _but_profiles(refuse: Any) -> Any:
    """One route was forgotten."""

    def refused(request: Any, access: Any) -> None:
        if request.url.path != "/api/profile":
            refuse(request, access)

    return refused


def _from_anywhere(refuse: Any) -> Any:
    """Whoever has the pair may write."""

    def refused(request: Any, access: Any) -> None:
        from dataclasses import replace

        refuse(request, replace(access, allowed_origins=(), app_origin=""))

    return refused


def _looser(headers: Any) -> Any:
    """Staging may be framed."""

    def told(endpoint: Any, request: Any) -> Any:
        kept = headers(endpoint, request)
        if endpoint._service.settings.surroundings.name == "staging":
            kept = {name: text for name, text in kept.items() if name != "X-Frame-Options"}
        return kept

    return told


def _own_ids(_id: Any) -> Any:
    return lambda _request: str(uuid4())


def _as_told(_address: Any) -> Any:
    """Whoever says who he is, is."""

    def address(request: Any, _trusted: Any) -> str:
        told = request.headers.get("x-forwarded-for", "").split(",")[0].strip()
        return told or (request.client.host if request.client else "")

    return address


def _blamed(answer: Any) -> Any:
    """A store that is away is the caller's fault."""

    async def answered(endpoint: Any, request: Any) -> Any:
        from systems.chassis.http import Refusal
        from systems.chassis.outages import StoreUnavailable
        from systems.marketplace.envelope import failure

        response, error = await answer(endpoint, request)
        if isinstance(error, StoreUnavailable) and request.method != "GET":
            return failure(Refusal(401, "Invalid token")), None
        return response, error

    return answered


def _well(_judge: Any) -> Any:
    """All is well, whatever is."""

    def judge(_found: Any, **_: Any) -> Any:
        from systems.marketplace.health import Judged

        return Judged("ok")

    return judge


def _lenient(judge: Any) -> Any:
    """Redis may be away in production, too."""
    return lambda found, **_: judge(found, is_production=False)


def _patient(probe: Any) -> Any:
    """Nothing ends a question that the store does not answer."""
    return lambda dsn, question, limit_ms: probe(dsn, question, limit_ms=limit_ms * 1000)


def _at_once(_handle_exit: Any) -> Any:
    """Who is told to end ends."""
    return lambda *_: os._exit(0)


def _never_slow(_call: Any) -> Any:
    from systems.marketplace import timing

    return lambda _statements, _query, milliseconds: timing.add_statement(milliseconds)


def _always_slow(init: Any) -> Any:
    return lambda statements, events, _slow_ms: init(statements, events, 0)


async def _no_page(_routes: Any, _request: Any) -> Any:
    from systems.chassis.http import Refusal

    raise Refusal(404, "Not found")


FAULTS = (
    Fault(
        name="hsts-on-dev",
        process="web",
        breaks=market("env-node-env-dev"),
        plant=around(f"{ENDPOINT}:hsts", _strict),
    ),
    Fault(
        name="hsts-nowhere",
        process="web",
        breaks=market("env-node-env-staging", "env-node-env-prod"),
        plant=value(f"{ENDPOINT}:hsts", lambda _: {}),
    ),
    Fault(
        name="profile-without-csrf",
        process="web",
        breaks=market("r-13"),
        plant=around("systems.marketplace.origins:refuse_forged", _but_profiles),
    ),
    Fault(
        name="written-from-anywhere",
        process="web",
        breaks=market("d-env-8"),
        plant=around("systems.marketplace.origins:refuse_forged", _from_anywhere),
    ),
    Fault(
        name="read-from-anywhere",
        process="web",
        breaks=market("d-env-8"),
        plant=value(
            "systems.marketplace.origins:cors", lambda *_: {"Access-Control-Allow-Origin": "*"}
        ),
    ),
    Fault(
        name="staging-is-looser",
        process="web",
        breaks=market("d-env-13"),
        plant=around(f"{ENDPOINT}:Endpoint._headers", _looser),
    ),
    Fault(
        name="timing-overwritten",
        process="web",
        breaks=market("r-8"),
        plant=value("systems.marketplace.timing:Timing.header", "app;dur=0.1"),
    ),
    Fault(
        name="ids-are-our-own",
        process="web",
        breaks=market("r-8"),
        plant=around(f"{ENDPOINT}:_request_id", _own_ids),
    ),
    Fault(
        name="peer-is-what-it-says",
        process="web",
        breaks=market("imp-limits"),
        plant=around("systems.marketplace.peers:address", _as_told),
    ),
    Fault(
        name="outage-is-a-bad-token",
        process="web",
        breaks=market("imp-input"),
        plant=around(f"{ENDPOINT}:Endpoint._answer", _blamed),
    ),
    Fault(
        name="nul-is-taken",
        process="web",
        breaks=market("imp-input"),
        plant=value("systems.marketplace.bodies:_holds_nul", lambda _: False),
    ),
    Fault(
        name="any-type-is-json",
        process="web",
        breaks=market("imp-input"),
        plant=value("systems.marketplace.bodies:refuse_type", lambda _: None),
    ),
    Fault(
        name="maintenance-unheard-of",
        process="web",
        breaks=market("rb-mig-stop-traffic"),
        plant=value(f"{ENDPOINT}:is_maintenance", lambda _: False),
    ),
    Fault(
        name="health-is-always-well",
        process="web",
        breaks=market("dep-post-health"),
        plant=around("systems.marketplace.health:judge", _well),
    ),
    Fault(
        name="health-forgets-redis",
        process="web",
        breaks=market("dep-post-health", "env-redis-prod-required"),
        plant=around("systems.marketplace.health:judge", _lenient),
    ),
    Fault(
        name="health-waits-for-ever",
        process="web",
        breaks=market("dep-post-health"),
        plant=around("systems.marketplace.service:Probe", _patient),
    ),
    Fault(
        name="migrations-uncounted",
        process="web",
        breaks=market("dep-migrate-staging"),
        plant=value("systems.marketplace.health:Found.finished", None),
    ),
    Fault(
        name="migrations-miscounted",
        process="web",
        breaks=market("dep-migrate-staging"),
        plant=value("systems.marketplace.health:Found.finished", 7),
    ),
    Fault(
        name="pending-unseen",
        process="web",
        breaks=market("dep-migrate-staging", "dep-post-health"),
        plant=value("systems.marketplace.health:Found.pending", 0),
    ),
    Fault(
        name="dropped-at-sigterm",
        process="web",
        breaks=market("dep-blue-green"),
        plant=around("systems.chassis.server:Server.handle_exit", _at_once),
    ),
    Fault(
        name="slow-statements-untold",
        process="web",
        breaks=market("mig-slow-log"),
        plant=around("systems.marketplace.statements:Statements.__call__", _never_slow),
    ),
    Fault(
        name="each-statement-is-slow",
        process="web",
        breaks=market("mig-slow-log"),
        plant=around("systems.marketplace.statements:Statements.__init__", _always_slow),
    ),
    Fault(
        name="root-is-gone",
        process="web",
        breaks=market("dep-smoke"),
        plant=value("systems.marketplace.admin_routes:AdminRoutes.root", _no_page),
    ),
)
