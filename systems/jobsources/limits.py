"""How much may be asked for, and how long may be waited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.settings import integer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.chassis.settings import Reader

MOST = 10**9
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a user may ask for, and how long a run may say nothing."""

    same_intent_seconds: int
    active_runs: int
    daily_runs: int
    chain_depth: int
    stale_pending_minutes: int
    stale_running_minutes: int
    stale_sweep_seconds: int
    silent_seconds: int
    window_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """So many requests of one address to one route, within so long."""

    limit: int
    ttl_ms: int


def limits(reader: Reader, deadline_ms: int) -> Limits:
    """The limits; a task's deadline must end before its run is stale."""
    running = reader.optional("SCRAPE_STALE_RUNNING_MINUTES", integer(1, 1440), 60)
    if running * MINUTE_MS <= deadline_ms:
        reader.refuse("SCRAPE_STALE_RUNNING_MINUTES")

    def told(name: str, least: int, most: int, default: int) -> int:
        return reader.optional(name, integer(least, most), default)

    return Limits(
        same_intent_seconds=told("SCRAPE_ENQUEUE_IDEMPOTENCY_TTL_SEC", 0, 600, 30),
        active_runs=told("SCRAPE_MAX_ACTIVE_RUNS_PER_USER", 1, 20, 2),
        daily_runs=told("SCRAPE_DAILY_ENQUEUE_LIMIT_PER_USER", 1, 500, 40),
        chain_depth=told("SCRAPE_MAX_RETRY_CHAIN_DEPTH", 1, 20, 5),
        stale_pending_minutes=told("SCRAPE_STALE_PENDING_MINUTES", 1, 240, 15),
        stale_running_minutes=running,
        stale_sweep_seconds=told("SCRAPE_STALE_SWEEP_SEC", 1, 3600, 60),
        silent_seconds=told("OPS_HEARTBEAT_STALE_SEC", 1, 86_400, 120),
        window_hours=told("JOB_SOURCE_DIAGNOSTICS_WINDOW_HOURS", 1, 168, 72),
    )


def throttles(reader: Reader) -> Mapping[str, Throttle]:
    """The four buckets, by name: what reads, what writes, what logs in, what costs."""
    defaults = {"READ": 120, "WRITE": 60, "AUTH": 10, "SENSITIVE": 8}
    number = integer(1, MOST)
    return {
        name: Throttle(
            limit=reader.optional(f"API_{name}_THROTTLE_LIMIT", number, limit),
            ttl_ms=reader.optional(f"API_{name}_THROTTLE_TTL_MS", number, MINUTE_MS),
        )
        for name, limit in defaults.items()
    }
