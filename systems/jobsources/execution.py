"""A task from its turn to its end: beats, the scrape within its time, the callback."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.jobsources import outcomes, signatures
from systems.jobsources.identity_tokens import NoToken
from systems.jobsources.outbound import Unanswered
from systems.jobsources.outcomes import Failed
from systems.jobsources.scrape import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from systems.jobsources.courier import Courier
    from systems.jobsources.leases import Lease, Leases
    from systems.jobsources.outcomes import Outcome
    from systems.jobsources.scrape import Scraper
    from systems.jobsources.sender import Sender
    from systems.jobsources.tasks import Task

#: How long a callback waits for the first beat: a run that ends at once has begun, too.
FIRST_BEAT_SECONDS = 2.0
log = logging.getLogger("systems.jobsources")


class Execution:
    """Does tasks."""

    def __init__(  # noqa: PLR0913 - whom it needs, by name
        self,
        *,
        scraper: Scraper,
        courier: Courier,
        sender: Sender,
        leases: Leases,
        timeout_ms: int,
        heartbeat_ms: int,
    ) -> None:
        self._scraper = scraper
        self._courier = courier
        self._sender = sender
        self._leases = leases
        self._timeout_ms = timeout_ms
        self._heartbeat_ms = heartbeat_ms

    async def run(self, task: Task, lease: Lease) -> None:
        """Do a task whose turn has come, and tell the API what came of it."""
        if not await self._leases.hold(lease):
            log.warning("task taken over", extra={"sourceRunId": task.source_run_id})
            return
        progress, status = Progress(), "failed"
        try:
            async with self._beating(task, lease, progress) as has_begun:
                outcome = await self._outcome(task, progress)
                status, progress.phase = _status(outcome), "callback"
                with suppress(TimeoutError):
                    async with asyncio.timeout(FIRST_BEAT_SECONDS):
                        await has_begun.wait()
                if task.callback_url:
                    body = outcomes.callback(task, outcome, event_id=str(uuid4()))
                    await self._courier.deliver(task, body)
        finally:
            await self._leases.end(lease, status)

    async def _outcome(self, task: Task, progress: Progress) -> Outcome:
        """What came of the scrape, or what ended it."""
        limit_ms = min(task.timeout_ms or self._timeout_ms, self._timeout_ms)
        scraping = asyncio.ensure_future(self._scraper.run(task, progress))
        ending = asyncio.ensure_future(self._courier.ending.wait())
        try:
            await asyncio.wait(
                (scraping, ending), timeout=limit_ms / 1000, return_when=asyncio.FIRST_COMPLETED
            )
            if scraping.done():
                return scraping.result()
        except Exception as error:
            log.exception("a scrape failed")
            return Failed(type="unknown", text=type(error).__name__)
        finally:
            ending.cancel()
            scraping.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await scraping
        if self._courier.ending.is_set():
            return Failed(type="unknown", text="the worker was stopped before the run had ended")
        text = f"Task timed out after {limit_ms}ms"
        return Failed(type="timeout", text=text, code=outcomes.TIMEOUT)

    @asynccontextmanager
    async def _beating(
        self, task: Task, lease: Lease, progress: Progress
    ) -> AsyncIterator[asyncio.Event]:
        """Within the block the API hears that the run lives; gives what is set after the first beat."""
        has_begun = asyncio.Event()
        beating = asyncio.ensure_future(self._beat_on(task, lease, progress, has_begun))
        try:
            yield has_begun
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    async def _beat_on(
        self, task: Task, lease: Lease, progress: Progress, has_begun: asyncio.Event
    ) -> None:
        while True:
            if task.heartbeat_url:
                await self._beat(task, progress)
            has_begun.set()
            await asyncio.sleep(self._heartbeat_ms / 1000)
            await self._leases.hold(lease)

    async def _beat(self, task: Task, progress: Progress) -> None:
        body = {
            "sourceRunId": task.source_run_id,
            "runId": task.run_id,
            "traceId": task.trace_id,
            "phase": progress.phase,
            "jobLinksDiscovered": progress.links,
            "normalizedOffers": progress.offers,
        }
        given = {name: value for name, value in body.items() if value != ""}
        parts = signatures.heartbeat(task.source_run_id, task.run_id, task.request_id)
        try:
            answer = await self._sender.post(
                task.heartbeat_url, given, parts, token=task.callback_token
            )
        except (Unanswered, NoToken) as error:
            log.warning("heartbeat failed", extra={"runId": task.run_id, "why": str(error)})
        else:
            if not answer.is_success:
                log.warning(
                    "heartbeat rejected", extra={"runId": task.run_id, "status": answer.status}
                )


def _status(outcome: Outcome) -> str:
    if isinstance(outcome, Failed):
        return "timed_out" if outcome.type == "timeout" else "failed"
    return "completed"
