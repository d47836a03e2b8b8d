"""The numbers by which a marketplace is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.settings import integer
from systems.marketplace import forms, limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.chassis.settings import Reader
    from systems.marketplace.limits import Limit

MEMORY_BYTES = 512 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Numbers of its running."""

    cache_seconds: float
    limits: Mapping[str, Limit]
    slo_short_seconds: float
    slo_long_seconds: float
    slow_query_ms: float
    grace_seconds: float
    memory_bytes: int


def read(reader: Reader) -> Operations:
    """Each has a default; times may have decimals."""
    return Operations(
        cache_seconds=reader.optional("CACHE_TTL_SEC", forms.number, 30.0),
        limits=reader.optional("RATE_LIMITS", limits.read, limits.LIMITS),
        slo_short_seconds=reader.optional("SLO_WINDOW_SHORT_SEC", forms.positive, 300.0),
        slo_long_seconds=reader.optional("SLO_WINDOW_LONG_SEC", forms.positive, 3600.0),
        slow_query_ms=reader.optional("SLOW_QUERY_MS", forms.positive, 500.0),
        grace_seconds=reader.optional("SHUTDOWN_GRACE_SEC", forms.positive, 10.0),
        memory_bytes=reader.optional("MEMORY_LIMIT_BYTES", integer(1, 10**15), MEMORY_BYTES),
    )
