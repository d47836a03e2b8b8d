"""
How a task gets to the worker, and what becomes of its run.

A task is written down with its run, before it is delivered: one that met a full worker, or an API that ended halfway,
is delivered again by whichever API looks next.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from systems.chassis import instants
from systems.chassis.outages import StoreUnavailable
from systems.jobsources import outbound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.chassis.store import Store, Transaction
    from systems.jobsources.settings import WorkerSettings

FULL = 429
LONGEST_REASON = 500
#: Between two looks for what is due, however much is.
LEAST_SECONDS = 0.05
log = logging.getLogger("systems.jobsources")


class Delivery(Enum):
    """How a delivery ended."""

    TAKEN = auto()
    UNANSWERED = auto()
    FULL = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a delivery ended, and why the worker refused, if it did."""

    how: Delivery
    reason: str = ""

    @property
    def warning(self) -> str:
        """What the user is told beside that the run was accepted."""
        return {
            Delivery.FULL: "Worker queue is full; dispatch will be retried",
            Delivery.UNANSWERED: "Worker did not answer in time; the run is taken for started",
        }.get(self.how, "")


class Dispatcher:
    """Delivers tasks, again and again where the worker has no room."""

    def __init__(self, worker: WorkerSettings, store: Store) -> None:
        self._worker = worker
        self._store = store
        self._wake = asyncio.Event()

    @property
    def first_lost_seconds(self) -> float:
        """After so long, a first delivery of which nothing was written down is made again."""
        return (self._worker.request_timeout_ms + self._worker.retry_interval_ms) / 1000

    def task(self, run_id: str, **more: object) -> dict[str, Any]:
        """The task of a run: `more` is what to look for, and for whom; what is None is left out."""
        worker = self._worker
        base = worker.callback_url.removesuffix("/complete") + f"/runs/{run_id}"
        told = {
            "taskSchemaVersion": "1",
            "sourceRunId": run_id,
            "taskId": run_id,
            "taskTimeoutMs": worker.task_timeout_ms,
            "dispatchDeadlineMs": worker.deadline_ms,
            "callbackUrl": worker.callback_url,
            "heartbeatUrl": f"{base}/heartbeat",
            "ingestUrl": f"{base}/offers",
            "callbackToken": worker.callback_token or None,
            **more,
        }
        return {name: value for name, value in told.items() if value is not None}

    async def deliver(self, task: Mapping[str, Any]) -> Delivered:
        """Deliver a task once."""
        worker = self._worker
        if worker.provider != "http":
            return Delivered(Delivery.REFUSED, "Google Cloud Tasks cannot be reached from here")
        lease = datetime.now(UTC) + timedelta(milliseconds=worker.deadline_ms)
        payload = {**task, "leaseExpiresAt": instants.text(lease)}
        headers = {"content-type": "application/json"}
        headers |= {"x-request-id": str(task["requestId"])}
        if worker.auth_token:
            headers |= {"authorization": f"Bearer {worker.auth_token}"}
        body = json.dumps({"name": "scrape:source", "payload": payload}).encode()
        try:
            answer = await outbound.ask(
                "POST",
                worker.task_url,
                limit_ms=worker.request_timeout_ms,
                headers=headers,
                body=body,
            )
        except outbound.TimedOut:
            return Delivered(Delivery.UNANSWERED)
        except outbound.Unanswered as reason:
            return Delivered(Delivery.REFUSED, str(reason))
        if answer.is_success:
            return Delivered(Delivery.TAKEN)
        if answer.status == FULL:
            return Delivered(Delivery.FULL)
        return Delivered(Delivery.REFUSED, f"status {answer.status}")

    async def settle(self, tx: Transaction, run_id: str, delivered: Delivered) -> None:
        """Write down how a delivery ended; a run that has moved on meanwhile stays where it is."""
        match delivered.how:
            case Delivery.TAKEN | Delivery.UNANSWERED:
                await tx.run("start_run", id=run_id)
                await tx.run("drop_dispatch", id=run_id)
            case Delivery.FULL:
                seconds = self._worker.retry_interval_ms / 1000
                await tx.run("postpone", id=run_id, in_seconds=seconds)
                self._wake.set()
            case Delivery.REFUSED:
                error = f"Worker rejected request: {delivered.reason}"[:LONGEST_REASON]
                await tx.run("reject_run", id=run_id, error=error)
                await tx.run("drop_dispatch", id=run_id)
                log.warning("worker refused", extra={"sourceRunId": run_id, "why": error})

    async def look_after(self) -> None:
        """Deliver whatever is due, for ever."""
        interval = self._worker.retry_interval_ms / 1000
        while True:
            wait = interval
            try:
                wait = await self._round()
            except StoreUnavailable as reason:
                log.warning("no task could be looked for", extra={"why": str(reason)})
            except Exception:
                log.exception("no task could be looked for")
            try:
                async with asyncio.timeout(min(interval, wait)):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def _round(self) -> float:
        """Deliver what is due now; the seconds until something else is."""
        async with self._store.transaction() as tx:
            await tx.run("drop_dispatches")
            rows = await tx.rows("due", in_seconds=self.first_lost_seconds)
        await asyncio.gather(*(self._again(str(row.source_run_id), row.task) for row in rows))
        async with self._store.transaction() as tx:
            seconds = (await tx.one("next_due")).seconds
        return float("inf") if seconds is None else max(LEAST_SECONDS, seconds)

    async def _again(self, run_id: str, task: Mapping[str, Any]) -> None:
        delivered = await self.deliver(task)
        async with self._store.transaction() as tx:
            await self.settle(tx, run_id, delivered)
