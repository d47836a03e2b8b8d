"""
Leases: a run that one worker holds is started by no other, and not twice by this one.

Each taking of a lease is an execution of its own, with an id of its own: a worker whose lease ran out and was taken
over changes nothing any more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from systems.chassis import queries
from systems.chassis.outages import StoreUnavailable
from systems.chassis.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from systems.jobsources.tasks import Task

SQL = Path(__file__).parent / "sql"
#: How long a lease lasts where the task does not say.
LEASE_MS = 240_000
#: How long the store may take for one of these.
STORE_MS = 2000
log = logging.getLogger("systems.jobsources")


@dataclass(frozen=True, slots=True)
class Lease:
    """A run that is ours; without an id it is nobody's business but ours."""

    execution_id: object = None


@dataclass(frozen=True, slots=True)
class Held:
    """A run that somebody holds: under which task id, and until when."""

    task_id: str
    until: datetime | None


class Leases:
    """The leases in a database; without one, and for a task that belongs to no run, there are none."""

    def __init__(self, dsn: str, heartbeat_ms: int) -> None:
        self._store = Store(dsn, queries.load(SQL), limit_ms=STORE_MS) if dsn else None
        #: A run that is under way is held again at each heartbeat.
        self._hold_seconds = 2 * heartbeat_ms / 1000

    async def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            await self._store.close()

    async def claim(self, task: Task) -> Lease | Held:
        """Take a run's lease. Raises StoreUnavailable."""
        if self._store is None or not task.source_run_id:
            return Lease()
        names = {
            "source_run_id": task.source_run_id,
            "task_id": task.task_id or task.source_run_id.lower(),
        }
        wanted = {"until": task.lease_until, "seconds": (task.deadline_ms or LEASE_MS) / 1000}
        try:
            async with self._store.transaction() as transaction:
                await transaction.run("lease_forget_namesake", **names)
                row = await transaction.row("lease_claim", **names, **wanted)
        except psycopg.errors.UniqueViolation:
            # Another run goes by this task's id.
            row = None
        if row is not None:
            return Lease(row.id)
        async with self._store.transaction() as transaction:
            holder = await transaction.row("lease_holder", **names)
        return Held(holder.task_id, holder.lease_expires_at) if holder else Held("", None)

    async def hold(self, lease: Lease) -> bool:
        """Whether the run is still ours, and then for longer; a store that is away does not take it from us."""
        if self._store is None or lease.execution_id is None:
            return True
        values = {"id": lease.execution_id, "seconds": self._hold_seconds}
        try:
            async with self._store.transaction() as transaction:
                row = await transaction.row("lease_hold", **values)
        except StoreUnavailable as why:
            log.warning("a lease could not be renewed", extra={"why": str(why)})
            return True
        return row is not None

    async def end(self, lease: Lease, status: str) -> None:
        """Let go of a run: `completed`, `failed` or `timed_out`. If the store is away, it ends by itself."""
        if self._store is None or lease.execution_id is None:
            return
        try:
            async with self._store.transaction() as transaction:
                await transaction.run("lease_end", id=lease.execution_id, status=status)
        except StoreUnavailable as why:
            log.warning("a lease could not be ended", extra={"why": str(why)})
