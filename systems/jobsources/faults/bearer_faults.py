"""How callbacks are let in by another bearer than the right one, or kept out with it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

jobsources = ids("jobsources")
CHECK = "systems.jobsources.oidc:check"


def _static_wins(verifier: Any) -> Any:
    """Where a token was agreed on, no ID token is asked for."""
    return lambda settings: None if settings.worker.callback_token else verifier(settings)


def _any_audience(check: Any) -> Any:
    def checked(claims: Any, wanted: Any, *, now_seconds: float) -> None:
        check({**claims, "aud": wanted.audience}, wanted, now_seconds=now_seconds)

    return checked


def _unverified_email(check: Any) -> Any:
    def checked(claims: Any, wanted: Any, *, now_seconds: float) -> None:
        check({**claims, "email_verified": True}, wanted, now_seconds=now_seconds)

    return checked


def _any_issuer(check: Any) -> Any:
    def checked(claims: Any, wanted: Any, *, now_seconds: float) -> None:
        check({**claims, "iss": wanted.issuers[0]}, wanted, now_seconds=now_seconds)

    return checked


def _never_expired(check: Any) -> Any:
    def checked(claims: Any, wanted: Any, *, now_seconds: float) -> None:
        later = max(claims["exp"], now_seconds)
        check({**claims, "exp": later}, wanted, now_seconds=now_seconds)

    return checked


def _email_asked(check: Any) -> Any:
    """Whoever calls must have an e-mail, though none is named."""

    def checked(claims: Any, wanted: Any, *, now_seconds: float) -> None:
        wanted = replace(wanted, email=wanted.email or str(claims.get("email")))
        check(claims, wanted, now_seconds=now_seconds)

    return checked


def _emailless_heartbeats(check_bearer: Any) -> Any:
    async def checked(access: Any, request: Any, parts: Any) -> None:
        if parts.status == "HEARTBEAT" and access._verifier is not None:
            from systems.jobsources.oidc import Verifier

            strict, access = access._verifier, copy.copy(access)
            access._verifier = Verifier(replace(strict._wanted, email=""), strict._keys)
        await check_bearer(access, request, parts)

    return checked


def _some_key(key: Any) -> Any:
    """A key that has another name will do."""

    async def found(keys: Any, kid: str) -> Any:
        from systems.chassis.jose import TokenInvalid

        try:
            return await key(keys, kid)
        except TokenInvalid:
            if not keys._keys:
                raise
            return next(iter(keys._keys.values()))

    return found


def _as_it_says(claims: Any) -> Any:
    """A token that says that it is not signed need not be."""

    async def told(verifier: Any, token: str, *, now_seconds: float) -> Any:
        from systems.chassis import jose
        from systems.jobsources import oidc

        found = jose.read(token)
        if found.algorithm == "none":
            oidc.check(found.claims, verifier._wanted, now_seconds=now_seconds)
            return found.claims
        return await claims(verifier, token, now_seconds=now_seconds)

    return told


FAULTS = (
    Fault(
        name="id-token-unasked",
        process="api",
        breaks=jobsources("audience-demands-id-token"),
        plant=value("systems.jobsources.access:_verifier", lambda _: None),
    ),
    Fault(
        name="static-token-wins",
        process="api",
        breaks=jobsources("static-token-no-substitute"),
        plant=around("systems.jobsources.access:_verifier", _static_wins),
    ),
    Fault(
        name="audience-unchecked",
        process="api",
        breaks=jobsources("other-audience-refused"),
        plant=around(CHECK, _any_audience),
    ),
    Fault(
        name="heartbeat-skips-email",
        process="api",
        breaks=jobsources("caller-email-checked"),
        plant=around(
            "systems.jobsources.access:CallbackAccess._check_bearer", _emailless_heartbeats
        ),
    ),
    Fault(
        name="email-unverified",
        process="api",
        breaks=jobsources("caller-email-checked"),
        plant=around(CHECK, _unverified_email),
    ),
    Fault(
        name="issuer-unchecked",
        process="api",
        breaks=jobsources("forged-id-token-refused"),
        plant=around(CHECK, _any_issuer),
    ),
    Fault(
        name="id-tokens-never-expire",
        process="api",
        breaks=jobsources("forged-id-token-refused"),
        plant=around(CHECK, _never_expired),
    ),
    Fault(
        name="some-key-will-do",
        process="api",
        breaks=jobsources("forged-id-token-refused"),
        plant=around("systems.jobsources.oidc:Keys.key", _some_key),
    ),
    Fault(
        name="unsigned-id-tokens-taken",
        process="api",
        breaks=jobsources("forged-id-token-refused"),
        plant=around("systems.jobsources.oidc:Verifier.claims", _as_it_says),
    ),
    Fault(
        name="email-always-asked",
        process="api",
        breaks=jobsources("email-optional-by-default"),
        plant=around(CHECK, _email_asked),
    ),
)
