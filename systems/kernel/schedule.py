"""Backups made again and again, and a page that says when the newest one was taken."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from systems.chassis import instants
from systems.chassis.http import Resource, reply
from systems.kernel import backup, backups

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from systems.kernel.backup_settings import BackupSettings

#: How late a backup may be before health says so.
GRACE = timedelta(hours=1)
#: How soon a backup that failed is tried again.
RETRY = timedelta(minutes=1)
log = logging.getLogger("systems.kernel")


class Schedule:
    """When the newest backup was, and when the next one is due."""

    def __init__(self, told: BackupSettings) -> None:
        self._told = told
        self._newest = backups.newest(told.folder)

    def application(self) -> ASGIApp:
        """Health, as long as backups are made."""

        @asynccontextmanager
        async def lifespan(_app: object) -> AsyncIterator[None]:
            task = asyncio.create_task(self._run())
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        routes = [Route("/health", Resource(get=self._health))]
        return Router(routes, redirect_slashes=False, lifespan=lifespan)

    async def _run(self) -> None:
        wait = self._due()
        while True:
            await asyncio.sleep(wait.total_seconds())
            try:
                manifest = await asyncio.to_thread(backup.run, self._told)
                self._newest = await asyncio.to_thread(backups.newest, self._told.folder)
                log.info("backed up", extra={"manifest": manifest.name})
                wait = self._due()
            except backups.BackupFailed as failed:
                log.error("backup.failed", extra={"reason": str(failed)})  # noqa: TRY400 - no bug, no traceback
                wait = min(self._told.interval, RETRY)

    def _due(self) -> timedelta:
        """How long it is until the next backup."""
        if self._newest is None:
            return timedelta()
        return max(timedelta(), self._newest + self._told.interval - datetime.now(UTC))

    async def _health(self, _request: Request) -> Response:
        now, newest = datetime.now(UTC), self._newest
        is_stale = newest is None or now - newest > self._told.interval + GRACE
        told = {
            "status": "stale" if is_stale else "ok",
            "ts": instants.text(now),
            "last_backup_at": newest and instants.text(newest),
        }
        return reply(told, 503 if is_stale else 200)
