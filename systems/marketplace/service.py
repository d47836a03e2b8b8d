"""
What every handler needs: settings, store, Redis, chain, events.

Parts of a topic (sessions, metrics, caches, limits) are fields here, made in `build` from the settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis import queries
from systems.chassis.health import Probe
from systems.chassis.store import Store
from systems.marketplace.events import Events
from systems.marketplace.node import Node
from systems.marketplace.redis_door import RedisDoor
from systems.marketplace.statements import Statements

if TYPE_CHECKING:
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
    #: Hear of every request that was answered.
    observers: list[Observer] = field(default_factory=list)

    async def close(self) -> None:
        """Let go of all connections."""
        await self.store.close()
        await self.probe.close()
        await self.applied.close()
        await self.redis.close()
        await self.node.close()


def build(settings: Settings) -> Service:
    """The service of these settings; nothing is connected yet."""
    dsn, limit_ms = settings.database.url, settings.database.limit_ms
    events = Events()
    statements = Statements(events, settings.operations.slow_query_ms)
    return Service(
        settings=settings,
        store=Store(
            dsn, queries.load(SQL), limit_ms=limit_ms, connections=CONNECTIONS, watch=statements
        ),
        probe=Probe(dsn, "SELECT 1", limit_ms=limit_ms),
        applied=Probe(dsn, APPLIED, limit_ms=limit_ms),
        redis=RedisDoor(settings.redis),
        node=Node(settings.chain.url),
        events=events,
        statements=statements,
    )
