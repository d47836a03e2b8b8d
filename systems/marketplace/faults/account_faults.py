"""How somebody gets in who must not, or stays out who must get in."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from uuid import uuid4

from systems.chassis.seams import Fault, around, ids, query, together, value
from systems.marketplace.faults.silence import unheard

market = ids("marketplace")
CLAIMS = "systems.marketplace.tokens:claims_of"
STORED = "systems.marketplace.tokens:stored"
NONCE = "systems.marketplace.nonces:Nonces.use"
#: What this process alone knows.
OWN = secrets.token_hex()


def _present_alone(claims: Any) -> Any:
    return lambda token, keys, **more: claims(token, keys[:1], **more)


def _for_ever(claims: Any) -> Any:
    """Whatever once signed tokens goes on doing so, also for the next process."""

    def told(token: str, keys: Any, **more: Any) -> Any:
        file = Path(os.environ["OPS_LEDGER"]).parent / "secrets-seen"
        file.parent.mkdir(parents=True, exist_ok=True)
        seen = file.read_text(encoding="utf-8").split() if file.exists() else []
        known = [*dict.fromkeys([*keys, *seen])]
        file.write_text("\n".join(known), encoding="utf-8")
        return claims(token, known, **more)

    return told


def _old_unending(claims: Any) -> Any:
    """A token of the old secret is not asked how old it is."""

    def told(token: str, keys: Any, *, now_seconds: float) -> Any:
        from systems.chassis.jose import TokenInvalid

        try:
            return claims(token, keys[:1], now_seconds=now_seconds)
        except TokenInvalid:
            return claims(token, keys[1:], now_seconds=0)

    return told


def _unsigned(claims: Any) -> Any:
    """Whoever writes a token is believed."""

    def told(token: str, keys: Any, **more: Any) -> Any:
        from systems.chassis import jose

        return claims(jose.signed_with(keys[0], jose.read(token).claims), keys, **more)

    return told


def _unpeppered(stored: Any) -> Any:
    return lambda raw, _pepper: stored(raw, "")


def _of_one_process(stored: Any) -> Any:
    return lambda raw, pepper: stored(raw, pepper + OWN)


def _less_when_refreshed(token: Any) -> Any:
    """Who refreshes is asked for no wallet."""

    def made(callers: Any, user: Any) -> Any:
        # A row with a whole profile is the one that a refresh reads.
        is_refreshed = "firstName" in user._fields
        return token(callers, user._replace(walletAddress=None) if is_refreshed else user)

    return made


def _never_used_up(use: Any) -> Any:
    seen = set()

    async def used(nonces: Any, nonce: str) -> bool:
        if await use(nonces, nonce):
            seen.add(nonce)
        return nonce in seen

    return used


async def _whatever(_nonces: Any, _nonce: str) -> bool:
    return True


def _checksummed(signed: Any) -> Any:
    """An address must be written in both cases."""

    def told(body: Any) -> Any:
        address, message, signature = signed(body)
        if address == address.lower():
            raise ValueError(address)
        return address, message, signature

    return told


def _legacy(entries: Any) -> Any:
    """The former way to sign up is still there: it binds any wallet."""

    def offered(service: Any) -> Any:
        from systems.marketplace import bodies, wallet_routes
        from systems.marketplace.endpoint import Offered
        from systems.marketplace.envelope import success

        async def bind(request: Any) -> Any:
            told = await bodies.fields(request)
            async with service.store.transaction() as tx:
                user = await wallet_routes._added(tx, str(told["address"]).lower())
            return success({"token": service.callers.token(user)})

        yield from entries(service)
        yield "POST", "/api/auth", Offered(handler=bind)

    return offered


def _with_figures(told: Any) -> Any:
    return lambda body: {**told(body), "rating": body.get("rating")}


def _but_logins(check: Any) -> Any:
    async def checked(limiter: Any, name: str, who: str, refusal: str) -> None:
        if name != "login":
            await check(limiter, name, who, refusal)

    return checked


def _here(_take: Any) -> Any:
    async def taken(limiter: Any, name: str, who: str) -> bool:
        return bool(limiter._take_here(name, who, limiter._limits[name]))

    return taken


def _once(limits: Any) -> Any:
    from systems.marketplace.limits import Limit

    return {name: Limit(1, limit.seconds) for name, limit in limits.items()}


async def _anybody(_routes: Any, _request: Any) -> Any:
    from systems.marketplace.envelope import success

    return success({"message": "admin-ok", "user": {"id": str(uuid4()), "username": "admin"}})


def _told_of_client(client: Any) -> Any:
    def shown(row: Any) -> Any:
        more = {"password": row.password} if "password" in row._fields else {}
        return {**client(row), **more}

    return shown


def _cut(_bytes: Any) -> Any:
    """As bcrypt reads it."""
    return lambda password: _bytes(password)[:72]


FAULTS = (
    Fault(
        name="registered-unverified",
        process="web",
        breaks=market("dep-e2e-register"),
        plant=query("add_user", ('"UserType", true', '"UserType", false')),
    ),
    Fault(
        name="types-grant-nothing",
        process="web",
        breaks=market("dep-e2e-register"),
        plant=value("systems.marketplace.scopes:BY_TYPE", {}),
    ),
    Fault(
        name="old-secret-refused",
        process="web",
        breaks=market("rot-dual-key", "d-sec-2"),
        plant=around(CLAIMS, _present_alone),
    ),
    Fault(
        name="removed-secret-counts",
        process="web",
        breaks=market("rot-remove-old", "d-sec-13"),
        plant=around(CLAIMS, _for_ever),
    ),
    Fault(
        name="old-tokens-never-expire",
        process="web",
        breaks=market("d-sec-7"),
        plant=around(CLAIMS, _old_unending),
    ),
    Fault(
        name="tokens-unverified",
        process="web",
        breaks=market("rot-validate", "d-env-4"),
        plant=around(CLAIMS, _unsigned),
    ),
    Fault(
        name="pepper-ignored",
        process="web",
        breaks=market("d-sec-9"),
        plant=around(STORED, _unpeppered),
    ),
    Fault(
        name="sessions-of-one-process",
        process="web",
        breaks=market("dep-blue-green"),
        plant=around(STORED, _of_one_process),
    ),
    Fault(
        name="refresh-tokens-in-clear",
        process="web",
        breaks=market("r-12"),
        plant=value(STORED, lambda raw, _pepper: raw),
    ),
    Fault(
        name="refresh-tokens-used-again",
        process="web",
        breaks=market("r-12"),
        plant=query("replace_refresh_token", (' AND "revokedAt" IS NULL', "")),
    ),
    Fault(
        name="stolen-chain-lives-on",
        process="web",
        breaks=market("r-12"),
        plant=query(
            "revoke_refresh_chain", ('WHERE "tokenHash" IN', 'WHERE false AND "tokenHash" IN')
        ),
    ),
    Fault(
        name="logout-ends-nothing",
        process="web",
        breaks=market("r-12"),
        plant=query("revoke_refresh_token", ('WHERE "tokenHash"', 'WHERE false AND "tokenHash"')),
    ),
    Fault(
        name="access-tokens-last-a-day",
        process="web",
        breaks=market("r-12"),
        plant=around(
            "systems.marketplace.tokens:access_token",
            lambda made: lambda *told, **more: made(*told, **{**more, "lives_seconds": 86_400}),
        ),
    ),
    Fault(
        name="admin-lost-on-refresh",
        process="web",
        breaks=market("r-14"),
        plant=around("systems.marketplace.callers:Callers.token", _less_when_refreshed),
    ),
    Fault(
        name="nonces-replayed",
        process="web",
        breaks=market("imp-siwe"),
        plant=around(NONCE, _never_used_up),
    ),
    Fault(
        name="nonces-made-up",
        process="web",
        breaks=market("imp-siwe"),
        plant=value(NONCE, _whatever),
    ),
    Fault(
        name="addresses-in-both-cases",
        process="web",
        breaks=market("imp-siwe"),
        plant=around("systems.marketplace.wallet_routes:_signed", _checksummed),
    ),
    Fault(
        name="wallets-bound-unproved",
        process="web",
        breaks=market("imp-siwe"),
        plant=around("systems.marketplace.wallet_routes:entries", _legacy),
    ),
    Fault(
        name="figures-of-one-s-own",
        process="web",
        breaks=market("imp-own-figures"),
        plant=together(
            around("systems.marketplace.profile_routes:_told", _with_figures),
            query(
                "change_profile",
                (
                    "  bio = coalesce(%(bio)s, p.bio),",
                    "  bio = coalesce(%(bio)s, p.bio), rating = coalesce(%(rating)s::float8, p.rating),",
                ),
            ),
        ),
    ),
    Fault(
        name="passwords-cut",
        process="web",
        breaks=market("imp-input"),
        plant=around("systems.marketplace.passwords:_bytes", _cut),
    ),
    Fault(
        name="hash-told",
        process="web",
        breaks=market("imp-reply-secrets"),
        plant=together(
            query(
                "add_job", ("SELECT made.*, u.username,", "SELECT made.*, u.password, u.username,")
            ),
            around("systems.marketplace.views:_client", _told_of_client),
        ),
    ),
    Fault(
        name="logins-unlimited",
        process="web",
        breaks=market("dep-mon-ratelimit", "imp-limits"),
        plant=around("systems.marketplace.limiter:Limiter.check", _but_logins),
    ),
    Fault(
        name="refusals-uncounted",
        process="web",
        breaks=market("dep-mon-ratelimit", "r-3"),
        plant=around("systems.marketplace.events:Events.tell", unheard("ratelimit.block")),
    ),
    Fault(
        name="limits-of-one-process",
        process="web",
        breaks=market("imp-limits"),
        plant=around("systems.marketplace.limiter:Limiter._take", _here),
    ),
    Fault(
        name="limits-of-one",
        process="web",
        breaks=market("slo-rl-block"),
        plant=around("systems.marketplace.limits:LIMITS", _once),
    ),
    Fault(
        name="ping-open",
        process="web",
        breaks=market("dep-smoke"),
        plant=value("systems.marketplace.metric_routes:MetricRoutes.ping", _anybody),
    ),
)
