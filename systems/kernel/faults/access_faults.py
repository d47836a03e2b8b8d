"""How whoever may not is let in, and whoever may is kept out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids, query, together, value

kernel = ids("kernel")
#: Calls of each other after which Python gives up.
MOST_CALLS = 1000


def _by_header(allow: Any) -> Any:
    """A header says who somebody is."""

    async def allowed(service: Any, request: Any, roles: Any) -> Any:
        principal = await allow(service, request, ())
        told = (*principal.roles, *request.headers.get("x-roles", "").split(","))
        if set(roles) & set(told):
            return replace(principal, roles=tuple(filter(None, told)))
        return await allow(service, request, roles)

    return allowed


def _body_first(sign: Any) -> Any:
    """What is wrong with a body is told to whoever asks."""

    async def signed(routes: Any, request: Any) -> Any:
        from systems.chassis.http import Refusal

        try:
            json.loads(await request.body())
        except ValueError:
            raise Refusal(400, "invalid_json") from None
        return await sign(routes, request)

    return signed


def _anybodys(approval: Any) -> Any:
    """The approver is whoever the body names."""

    def approved(routes: Any, body: Any, principal: Any) -> Any:
        return approval(routes, body, replace(principal, id=str(body.get("approverId"))))

    return approved


def _open(read: Any) -> Any:
    return lambda environ: replace(read(environ), is_production=False)


def _any_name(_node_env: Any) -> Any:
    return lambda text: text


def _built_in(_decide: Any) -> Any:
    """No policy server is ever asked."""

    async def decided(sentinel: Any, action: str, resource: Any, principal: Any) -> Any:
        from systems.kernel.sentinel import built_in

        return built_in(action)

    return decided


def _fails_open(_unavailable: Any) -> Any:
    from systems.kernel.sentinel import built_in

    return built_in


def _bottomless(_members: Any) -> Any:
    """Whoever nests a token deeper than the stack goes is not foreseen."""

    def members(part: str) -> Any:
        from systems.chassis.jose import TokenInvalid, decoded

        raw = decoded(part)
        if raw.count(b"[") > MOST_CALLS:
            raise RecursionError("maximum recursion depth exceeded")
        try:
            return json.loads(raw)
        except ValueError as error:
            raise TokenInvalid("no JSON") from error

    return members


FAULTS = (
    Fault(
        name="audit-for-anybody",
        process="api",
        breaks=kernel("audit-read-by-auditors"),
        plant=value("systems.kernel.principals:AUDIT_READERS", ()),
    ),
    Fault(
        name="allocation-for-anybody",
        process="api",
        breaks=kernel("allocations-by-operators"),
        plant=value("systems.kernel.principals:ALLOCATORS", ()),
    ),
    Fault(
        name="service-kept-out",
        process="api",
        breaks=kernel("signing-by-services"),
        plant=value("systems.kernel.principals:SIGNERS", ("SuperAdmin",)),
    ),
    Fault(
        name="division-for-operators",
        process="api",
        breaks=kernel("divisions-by-leads"),
        plant=value(
            "systems.kernel.principals:DIVISION_WRITERS",
            ("DivisionLead", "SuperAdmin", "Operator"),
        ),
    ),
    Fault(
        name="header-gives-roles",
        process="api",
        breaks=kernel("headers-give-no-role"),
        plant=around("systems.kernel.service:Service.allow", _by_header),
    ),
    Fault(
        name="tokens-never-expire",
        process="api",
        breaks=kernel("forged-tokens-refused"),
        plant=value("systems.kernel.tokens:_check", lambda *_: None),
    ),
    Fault(
        name="nested-token-not-foreseen",
        process="api",
        breaks=kernel("forged-tokens-refused"),
        plant=around("systems.chassis.jose:members", _bottomless),
        reason="nested deep",
    ),
    Fault(
        name="body-judged-first",
        process="api",
        breaks=kernel("credentials-before-body"),
        plant=around("systems.kernel.manifest_routes:ManifestRoutes.sign", _body_first),
    ),
    Fault(
        name="production-without-tokens",
        process="api",
        breaks=kernel("production-demands-credentials"),
        plant=around("systems.kernel.settings:read", _open),
    ),
    Fault(
        name="any-node-env",
        process="api",
        breaks=kernel("production-demands-credentials"),
        plant=around("systems.kernel.settings:_node_env", _any_name),
    ),
    Fault(
        name="approvals-unverified",
        process="api",
        breaks=kernel("quorum-of-verified-approvals"),
        plant=value("systems.kernel.upgrade_routes:UpgradeRoutes._verify", lambda *_: None),
    ),
    Fault(
        name="approver-by-body",
        process="api",
        breaks=kernel("quorum-of-verified-approvals"),
        plant=around("systems.kernel.upgrade_routes:UpgradeRoutes._approval", _anybodys),
    ),
    Fault(
        name="upgrade-not-held",
        process="api",
        breaks=kernel("upgrade-applied-once"),
        plant=together(
            query("upgrade", (" FOR UPDATE", "")),
            query("approvers", ("FROM upgrade_approvals", "FROM pg_sleep(0.2), upgrade_approvals")),
        ),
    ),
    Fault(
        name="policy-never-asked",
        process="api",
        breaks=kernel("policy-rules-manifests", "policy-rules-allocations"),
        plant=around("systems.kernel.sentinel:Sentinel.decide", _built_in),
    ),
    Fault(
        name="policy-fails-open",
        process="api",
        breaks=kernel("no-decision-no-effect"),
        plant=around("systems.kernel.sentinel:unavailable", _fails_open),
    ),
)
