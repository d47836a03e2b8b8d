"""Who may say how a run goes: a worker with the right bearer, and with a signature where there is a secret."""

from __future__ import annotations

import hmac
import logging
import time
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.chassis.jose import TokenInvalid
from systems.jobsources.signatures import Gate, SignatureRefused

if TYPE_CHECKING:
    from starlette.requests import Request

    from systems.jobsources.oidc import Verifier
    from systems.jobsources.settings import Settings
    from systems.jobsources.signatures import Parts

BEARER = "Bearer "
log = logging.getLogger("systems.jobsources")


def bearer_of(request: Request) -> str:
    """The token that a request carries; empty where it carries none."""
    told = request.headers.get("authorization", "")
    return told[len(BEARER) :] if told.startswith(BEARER) else ""


def is_bearer(request: Request, token: str) -> bool:
    """Whether a request carries exactly this token; nobody's is empty."""
    given = bearer_of(request)
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


class CallbackAccess:
    """Lets callbacks in."""

    def __init__(self, settings: Settings) -> None:
        secret, seconds = settings.signing_secret, settings.tolerance_seconds
        self._gate = Gate(secret=secret, tolerance_seconds=seconds) if secret else None
        self._token = settings.worker.callback_token
        self._verifier = _verifier(settings)

    async def check(self, request: Request, parts: Parts) -> int | None:
        """The second that a callback was signed at; None where none is. Raises Refusal 401, and logs why."""
        await self._check_bearer(request, parts)
        if self._gate is None:
            return None
        try:
            return self._gate.check(request.headers, parts, now_seconds=time.time())
        except SignatureRefused as refused:
            raise _refused(request, parts, "signature", refused.reason) from None

    async def _check_bearer(self, request: Request, parts: Parts) -> None:
        if self._verifier is not None:
            try:
                await self._verifier.claims(bearer_of(request), now_seconds=time.time())
            except TokenInvalid as why:
                raise _refused(request, parts, "ID token", "bad-oidc", str(why)) from None
        elif self._token and not is_bearer(request, self._token):
            raise _refused(request, parts, "token", "bad-token")


def _verifier(settings: Settings) -> Verifier | None:
    if settings.oidc is None:
        return None
    # It brings a library for RSA, which takes as long to load as half of the API.
    from systems.jobsources.oidc import Keys, Verifier, Wanted  # noqa: PLC0415

    told = settings.oidc
    wanted = Wanted(audience=told.audience, issuers=told.issuers, email=told.email)
    return Verifier(wanted, Keys(told.keys_url, told.keys_seconds))


def _refused(request: Request, parts: Parts, what: str, reason: str, why: str = "") -> Refusal:
    log.warning(
        "callback refused: %s",
        what,
        extra={
            "event": "callback_auth_failed",
            "reason": reason,
            "why": why,
            "requestId": request.state.request_id,
            "sourceRunId": parts.source_run_id,
        },
    )
    return Refusal(401, "Unauthorized")
