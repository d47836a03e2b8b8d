"""A worker put together: its queue, its leases, its letters, and what it does when it starts and ends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.routing import Router

from systems.chassis.health import Probe
from systems.jobsources.courier import Courier
from systems.jobsources.execution import Execution
from systems.jobsources.leases import Leases
from systems.jobsources.letters import Letters
from systems.jobsources.replay import Replay
from systems.jobsources.scrape import Scraper
from systems.jobsources.sender import Sender
from systems.jobsources.task_access import Doorkeeper
from systems.jobsources.task_queue import TaskQueue
from systems.jobsources.worker_routes import WorkerRoutes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from systems.jobsources.worker_settings import WorkerSettings

QUESTION = "SELECT 1"


class WorkerService:
    """All that one worker is made of."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.doorkeeper = Doorkeeper(settings.access)
        self.queue = TaskQueue(settings.queue)
        self.leases = Leases(settings.database_url, settings.heartbeat_ms)
        sender, letters = Sender(settings.callbacks), Letters(settings.callbacks.letters)
        self.replay = Replay(sender, letters)
        self.courier = Courier(settings.callbacks, sender, letters)
        self.execution = Execution(
            scraper=Scraper(settings.site),
            courier=self.courier,
            sender=sender,
            leases=self.leases,
            timeout_ms=settings.queue.timeout_ms,
            heartbeat_ms=settings.heartbeat_ms,
        )
        dsn = settings.database_url
        self._probe = Probe(dsn, QUESTION, limit_ms=settings.health_ms) if dsn else None

    def application(self) -> ASGIApp:
        """The worker's HTTP; when it ends, what was accepted is reported as not done."""

        @asynccontextmanager
        async def lifespan(_app: object) -> AsyncIterator[None]:
            yield
            self.courier.ending.set()
            await self.queue.close()
            await self.leases.close()
            if self._probe is not None:
                await self._probe.close()

        return Router([], redirect_slashes=False, default=WorkerRoutes(self), lifespan=lifespan)

    async def database(self) -> str:
        """`up`, `down`, or `unset` where there is none."""
        if self._probe is None:
            return "unset"
        return "up" if await self._probe.store_answers() else "down"
