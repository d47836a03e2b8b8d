"""What every handler of the Kernel needs: settings, store, signer, policy, and who is asking."""

from __future__ import annotations

import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from systems.chassis import queries
from systems.chassis.canonical import parse
from systems.chassis.health import Probe
from systems.chassis.http import Refusal
from systems.chassis.jose import TokenInvalid
from systems.chassis.store import Store
from systems.kernel import audit, principals, tokens
from systems.kernel.metrics import Metrics
from systems.kernel.sentinel import Sentinel
from systems.kernel.signer import KmsSigner, LocalSigner
from systems.kernel.watch import Watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from typing import Any

    from starlette.requests import Request

    from systems.kernel.audit import Recording
    from systems.kernel.principals import Principal
    from systems.kernel.settings import Settings
    from systems.kernel.signer import Signer
    from systems.kernel.tokens import Issuer

SQL = Path(__file__).parent / "sql"
#: A request that waits in a queue of a hundred others is done by then; a store that answers nobody is told long before.
LIMIT_MS = 60_000
CONNECTIONS = 10
KEYS_SECONDS = 300
log = logging.getLogger("systems.kernel")


class IssuerKeys:
    """The issuer's keys: those of the configuration, and those at its address, fetched when one is missing."""

    def __init__(self, issuer: Issuer | None) -> None:
        self._issuer = issuer
        self._fetched: Sequence[Mapping[str, Any]] = ()
        self._fetched_at = float("-inf")

    async def claims(self, token: str) -> Mapping[str, Any]:
        """A token's claims. Raises TokenInvalid."""
        if self._issuer is None:
            raise TokenInvalid("no issuer is configured")
        keys = (*self._issuer.keys, *await self._keys(self._issuer.keys_url))
        return tokens.verified(token, self._issuer, keys, now_seconds=time.time())

    async def _keys(self, url: str) -> Sequence[Mapping[str, Any]]:
        if url and time.monotonic() - self._fetched_at > KEYS_SECONDS:
            try:
                async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                    self._fetched = tokens.keys_of(parse((await client.get(url)).content))
                    self._fetched_at = time.monotonic()
            except (httpx.HTTPError, ValueError) as error:
                log.error("the issuer's keys cannot be had", extra={"why": type(error).__name__})  # noqa: TRY400 - no bug, no traceback
        return self._fetched


@dataclass(slots=True, kw_only=True)
class Service:
    """The Kernel's parts, made once from its settings."""

    settings: Settings
    store: Store
    probe: Probe
    signer: Signer
    sentinel: Sentinel
    keys: IssuerKeys
    metrics: Metrics
    #: What is needed, by name: the store always, the KMS and the policy server where there are any.
    watched: Mapping[str, Watched] = field(default_factory=dict)

    async def allow(self, request: Request, roles: Sequence[str]) -> Principal:
        """Who asks, if one of these roles is theirs; no roles: whoever is somebody. Raises Refusal 401 or 403."""
        told = request.headers.get("authorization")
        if told is None and not self.settings.is_production:
            return principals.ANONYMOUS
        principal = principals.principal(await self._claims(told))
        if roles and not set(roles) & set(principal.roles):
            raise Refusal(403, "forbidden", requiredRoles=list(roles))
        return principal

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Recording]:
        """A transaction that may append events, on a connection of its own."""
        async with (
            self.store.session() as session,
            audit.recording(session, self.signer, self.metrics) as recording,
        ):
            yield recording

    async def close(self) -> None:
        """Let go of all connections."""
        await self.store.close()
        await self.probe.close()
        await self.signer.close()
        await self.sentinel.close()

    async def _claims(self, told: str | None) -> Mapping[str, Any]:
        scheme, _, token = (told or "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal(401, "unauthenticated")
        if not token.strip():
            raise Refusal(401, "token.missing")
        try:
            return await self.keys.claims(token.strip())
        except TokenInvalid as reason:
            log.info("a token was refused", extra={"why": str(reason)})
            raise Refusal(401, "token.invalid") from None


def build(settings: Settings) -> Service:
    """The service of these settings; nothing is connected yet."""
    dsn, kms, metrics = settings.postgres_url, settings.kms, Metrics()
    signer: Signer = (
        KmsSigner(settings.signer_id, kms, metrics)
        if kms.base
        else LocalSigner(settings.signer_id, metrics)
    )
    probe = Probe(dsn, "SELECT 1", limit_ms=settings.db_probe_ms)
    sentinel = Sentinel(settings.sentinel_url, settings.sentinel_timeout_ms)
    watched = {"db": Watched(probe.store_answers, holds_ms=0)}
    if kms.base:
        watched["kms"] = Watched(signer.signs, holds_ms=kms.probe_interval_ms)
    if sentinel.is_configured:
        watched["sentinel"] = Watched(sentinel.answers, holds_ms=1000)
    return Service(
        settings=settings,
        store=Store(dsn, queries.load(SQL), limit_ms=LIMIT_MS, connections=CONNECTIONS),
        probe=probe,
        signer=signer,
        sentinel=sentinel,
        keys=IssuerKeys(settings.issuer),
        metrics=metrics,
        watched=watched,
    )
