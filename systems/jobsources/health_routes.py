"""Whether the API can do its work: asked by probes, without credentials, at any pace."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.jobsources.envelope import success

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.jobsources.service import Service

MOST_MEMORY = 3000 * 1024**2
STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class HealthRoutes:
    """Handlers for probes."""

    service: Service

    async def root(self, _request: Request) -> Response:
        """GET what this is."""
        return success({"name": "job-sources", "status": "ok"})

    async def health(self, _request: Request) -> Response:
        """GET whether all is well, part by part."""
        is_up, has_tables = await asyncio.gather(
            *(probe.store_answers() for probe in self.service.probes)
        )
        return _told(
            {
                "drizzle": is_up,
                "required_tables": has_tables,
                "memory_rss": memory_bytes() <= MOST_MEMORY,
                "disk health": self._has_room(),
            }
        )

    async def ready(self, _request: Request) -> Response:
        """GET whether requests may be sent here."""
        store = self.service.probes[0]
        return _told({"drizzle": await store.store_answers(), "disk health": self._has_room()})

    def _has_room(self) -> bool:
        return used_share("/") < self.service.settings.disk_threshold


def used_share(path: str) -> float:
    """Which part of a file system cannot be written to any more."""
    told = os.statvfs(path)
    return 1 - told.f_bavail / told.f_blocks if told.f_blocks else 0.0


def memory_bytes() -> int:
    """What this process holds of the memory."""
    pages = int(STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _told(is_up: Mapping[str, bool]) -> Response:
    parts = {name: {"status": "up" if up else "down"} for name, up in is_up.items()}
    if not all(is_up.values()):
        raise Refusal(503, "Service unavailable", details=parts)
    return success({"status": "ok", "info": parts, "error": {}, "details": parts})
