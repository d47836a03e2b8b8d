"""What every handler of the API needs: settings, store, signing key, and who is asking."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nacl.signing import SigningKey

from systems.chassis import queries
from systems.chassis.health import Probe
from systems.chassis.http import Refusal, body_of
from systems.chassis.outages import StoreUnavailable
from systems.chassis.store import Store
from systems.coreos.credentials import WorkerAuth
from systems.coreos.events import Journal
from systems.coreos.orders import Signer
from systems.coreos.sessions import COOKIE, Sessions

if TYPE_CHECKING:
    from starlette.requests import Request

    from systems.coreos.settings import Settings

SQL = Path(__file__).parent / "sql"
PROBE = "SELECT 1 FROM job_queue LIMIT 1"
log = logging.getLogger("systems.coreos")


@dataclass(frozen=True, slots=True)
class Service:
    """The API's parts, made once from its settings."""

    settings: Settings
    store: Store
    probe: Probe
    signer: Signer
    sessions: Sessions
    worker_auth: WorkerAuth

    def uid(self, request: Request) -> str:
        """Whose request this is. Raises Refusal 401."""
        if self.settings.is_bypassed:
            return self.settings.owner or "system"
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            raise Refusal(401, "Authentication required")
        uid = self.sessions.uid_of_cookie(cookie, now_seconds=time.time())
        if uid is None:
            raise Refusal(401, "Invalid or expired session")
        return uid

    def owner(self, request: Request) -> str:
        """The owner's uid. Raises Refusal 401, or 403 for anybody else's."""
        uid = self.uid(request)
        if not self.settings.is_bypassed and uid != self.settings.owner:
            raise Refusal(403, "Forbidden: owner-only endpoint")
        return uid

    async def worker_body(self, request: Request, endpoint: str) -> bytes:
        """The raw body of a worker's request. Raises Refusal 401 or 403, which are counted."""
        body = await body_of(request)
        try:
            self.worker_auth.check(
                request.headers,
                path=request.scope["raw_path"].decode("latin-1"),
                body=body,
                now_ms=time.time_ns() // 1_000_000,
            )
        except Refusal:
            await self.count_auth_failure(endpoint)
            raise
        return body

    async def count_auth_failure(self, endpoint: str) -> None:
        """Count a refused credential; a store that is away does not change the refusal."""
        log.warning("worker refused", extra={"endpoint": endpoint})
        journal = Journal()
        journal.count("worker_auth_failed", endpoint=endpoint)
        try:
            async with self.store.transaction() as tx:
                await journal.write(tx)
        except StoreUnavailable:
            log.warning("a refused worker went uncounted", extra={"endpoint": endpoint})


def build(settings: Settings) -> Service:
    """The service of these settings; nothing is connected yet."""
    dsn, limit_ms = settings.database_url, settings.store_timeout_ms
    return Service(
        settings,
        Store(dsn, queries.load(SQL), limit_ms=limit_ms),
        Probe(dsn, PROBE, limit_ms=limit_ms),
        Signer(SigningKey(settings.signing_seed), settings.ticket_ttl_seconds * 1000),
        Sessions(settings.session_secret, settings.uids),
        WorkerAuth(settings.worker_secret, settings.worker_auth_tolerance_seconds * 1000),
    )
