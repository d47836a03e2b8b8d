"""Backups made again and again, and a page that says how that goes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from systems.chassis import instants
from systems.chassis.http import Resource, reply
from systems.marketplace import artifacts, backups
from systems.marketplace.operation import Failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from systems.marketplace.backup_settings import Backups

#: How soon a backup that failed is tried again, at the latest.
RETRY = timedelta(minutes=1)
log = logging.getLogger("systems.marketplace")


class Schedule:
    """When the newest whole backup was made, and when the next one is due."""

    def __init__(self, told: Backups, interval: timedelta) -> None:
        self._told = told
        self._interval = interval
        self._has_failed = False

    def application(self) -> ASGIApp:
        """Its health, for as long as backups are made."""

        @asynccontextmanager
        async def lifespan(_app: object) -> AsyncIterator[None]:
            making = asyncio.create_task(self._make())
            yield
            making.cancel()
            with suppress(asyncio.CancelledError):
                await making

        routes = [Route("/health", Resource(get=self._health))]
        return Router(routes, redirect_slashes=False, lifespan=lifespan)

    async def _make(self) -> None:
        while True:
            await asyncio.sleep(self.wait(await self._newest()).total_seconds())
            try:
                name = await asyncio.to_thread(backups.run, self._told)
                log.info("backed up", extra={"artifact": name})
                self._has_failed = False
            except Failed as failure:
                log.error("no backup", extra={"reason": str(failure)})  # noqa: TRY400 - no bug, no traceback
                self._has_failed = True

    def wait(self, newest: datetime | None) -> timedelta:
        """How long it is until the next backup."""
        if self._has_failed:
            return min(self._interval, RETRY)
        if newest is None:
            return timedelta()
        return max(timedelta(), newest + self._interval - datetime.now(UTC))

    async def _newest(self) -> datetime | None:
        found = await asyncio.to_thread(artifacts.stored, self._told.folder)
        return max((each.moment for each in found if each.is_whole), default=None)

    async def _health(self, _request: Request) -> Response:
        newest = await self._newest()
        status = "failing" if self._has_failed else "ok"
        return reply({"status": status, "newestBackup": newest and instants.text(newest)})
