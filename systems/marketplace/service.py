"""
What every handler needs: settings, store, Redis, chain, events, and the parts of each topic.

All of it is made in `build`, from the settings; nothing is connected before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis import queries
from systems.chassis.health import Probe
from systems.chassis.store import Store
from systems.marketplace import peers
from systems.marketplace.callers import Callers
from systems.marketplace.events import Events
from systems.marketplace.limiter import Limiter
from systems.marketplace.lists import Lists
from systems.marketplace.metrics import Metrics
from systems.marketplace.node import Node
from systems.marketplace.nonces import Nonces
from systems.marketplace.process import GarbageClock
from systems.marketplace.redis_door import RedisDoor
from systems.marketplace.scrape import Scrape
from systems.marketplace.sentry import Reporter
from systems.marketplace.statements import Statements

if TYPE_CHECKING:
    from starlette.requests import Request

    from systems.marketplace.endpoint import Observer
    from systems.marketplace.settings import Settings

SQL = Path(__file__).parent / "sql"
CONNECTIONS = 10
#: Migrations by name, and whether each is finished; those that were rolled back are none.
APPLIED = """
SELECT migration_name, finished_at IS NOT NULL FROM _prisma_migrations WHERE rolled_back_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of `web`, made once from its settings."""

    settings: Settings
    store: Store
    #: Whether the store answers at all; which migrations it holds.
    probe: Probe
    applied: Probe
    redis: RedisDoor
    node: Node
    events: Events
    statements: Statements
    metrics: Metrics
    garbage: GarbageClock
    callers: Callers
    limiter: Limiter
    lists: Lists
    nonces: Nonces
    #: None where nothing is reported.
    reporter: Reporter | None
    #: Hear of every request that was answered.
    observers: list[Observer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events.listeners.append(self.metrics.hear)
        self.observers.append(self.metrics.hear_answer)
        if self.reporter is not None:
            self.observers.append(self.reporter.answered)

    @property
    def scrape(self) -> Scrape:
        """All numbers."""
        return Scrape(
            metrics=self.metrics,
            statements=self.statements,
            garbage=self.garbage,
            memory_bytes=self.settings.operations.memory_bytes,
            ledger=self.settings.ledger,
        )

    def address(self, request: Request) -> str:
        """Who is at the other end."""
        return peers.address(request, self.settings.access.trusted_proxies)

    async def close(self) -> None:
        """Let go of all connections."""
        self.garbage.stop()
        if self.reporter is not None:
            self.reporter.close()
        await self.store.close()
        await self.probe.close()
        await self.applied.close()
        await self.redis.close()
        await self.node.close()


def build(settings: Settings) -> Service:
    """The service of these settings; nothing is connected yet."""
    dsn, limit_ms = settings.database.url, settings.database.limit_ms
    told, events, redis = settings.operations, Events(), RedisDoor(settings.redis)
    statements = Statements(events, told.slow_query_ms)
    return Service(
        settings=settings,
        store=Store(
            dsn, queries.load(SQL), limit_ms=limit_ms, connections=CONNECTIONS, watch=statements
        ),
        probe=Probe(dsn, "SELECT 1", limit_ms=limit_ms),
        applied=Probe(dsn, APPLIED, limit_ms=limit_ms),
        redis=redis,
        node=Node(settings.chain.url),
        events=events,
        statements=statements,
        metrics=Metrics(told.slo_short_seconds, told.slo_long_seconds),
        garbage=GarbageClock(),
        callers=Callers(settings.tokens, settings.access.admin_wallets),
        limiter=Limiter(told.limits, redis, events),
        lists=Lists(
            redis,
            events,
            seconds=told.cache_seconds,
            is_kept_here=settings.surroundings.is_dev,
        ),
        nonces=Nonces(redis, settings.tokens.nonce_seconds),
        reporter=Reporter(settings) if settings.sentry.dsn else None,
    )
