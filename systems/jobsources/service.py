"""What every handler of the API needs: settings, store, dispatcher, and who is asking."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis import queries
from systems.chassis.health import Probe
from systems.chassis.http import Refusal, body_of, fields_of
from systems.chassis.store import Store
from systems.jobsources.access import CallbackAccess, bearer_of
from systems.jobsources.dispatch import Dispatcher
from systems.jobsources.request_metrics import RequestMetrics
from systems.jobsources.sessions import Sessions

if TYPE_CHECKING:
    from starlette.requests import Request

    from systems.chassis.store import Transaction
    from systems.jobsources.settings import Settings

SQL = Path(__file__).parent / "sql"
#: A store that answers nobody is told by then.
LIMIT_MS = 5000
#: The tables without which there is nothing to serve.
NEEDED = """
SELECT 1 FROM users, career_profiles, job_source_runs, job_source_callback_events, job_offers, user_job_offers LIMIT 0
"""


@dataclass(frozen=True, slots=True)
class User:
    """Who asks."""

    id: str
    role: str

    @property
    def is_admin(self) -> bool:
        """Whether it is one of those who run this."""
        return self.role == "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The API's parts, made once from its settings."""

    settings: Settings
    store: Store
    #: Whether the store answers; whether its tables are there.
    probes: tuple[Probe, Probe]
    sessions: Sessions
    access: CallbackAccess
    dispatcher: Dispatcher
    metrics: RequestMetrics

    async def body(self, request: Request) -> dict[str, object]:
        """The fields of a request's body. Raises Refusal 400 or 413."""
        raw = await body_of(request, self.settings.body_limit)
        return fields_of(raw, may_be_absent=True)

    def user_id(self, request: Request) -> str:
        """Whose token a request carries. Raises Refusal 401."""
        found = self.sessions.user_id(bearer_of(request), now_seconds=time.time())
        if found is None:
            raise Refusal(401, "Unauthorized")
        return found

    async def user(self, tx: Transaction, user_id: str) -> User:
        """Somebody who is still there. Raises Refusal 401."""
        row = await tx.row("user", id=user_id)
        if row is None:
            raise Refusal(401, "Unauthorized")
        return User(str(row.id), row.role)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.store.close()
        for probe in self.probes:
            await probe.close()


def build(settings: Settings) -> Service:
    """The service of these settings; nothing is connected yet."""
    dsn = settings.database_url
    store = Store(dsn, queries.load(SQL), limit_ms=LIMIT_MS, connections=10)
    return Service(
        settings=settings,
        store=store,
        probes=(
            Probe(dsn, "SELECT 1", limit_ms=settings.health_ms),
            Probe(dsn, NEEDED, limit_ms=settings.health_ms),
        ),
        sessions=Sessions(settings.access_secret, settings.access_seconds),
        access=CallbackAccess(settings),
        dispatcher=Dispatcher(settings.worker, store),
        metrics=RequestMetrics(),
    )
