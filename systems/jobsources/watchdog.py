"""Ends runs of which nothing was heard for too long, though nobody asks."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from systems.chassis.outages import StoreUnavailable

if TYPE_CHECKING:
    from systems.chassis.store import Store, Transaction
    from systems.jobsources.limits import Limits

#: How the error of a run begins that was ended here.
MARK = "[timeout] run stale watchdog:"
log = logging.getLogger("systems.jobsources")


async def sweep(tx: Transaction, limits: Limits) -> int:
    """End what is stale; how many runs that were."""
    rows = await tx.rows(
        "sweep",
        pending_minutes=limits.stale_pending_minutes,
        running_minutes=limits.stale_running_minutes,
    )
    for row in rows:
        log.warning("run is stale", extra={"sourceRunId": str(row.id)})
    return len(rows)


async def look_after(store: Store, limits: Limits) -> None:
    """Sweep, for ever."""
    while True:
        try:
            async with store.transaction() as tx:
                await sweep(tx, limits)
        except StoreUnavailable as reason:
            log.warning("no run could be looked after", extra={"why": str(reason)})
        except Exception:
            log.exception("no run could be looked after")
        await asyncio.sleep(limits.stale_sweep_seconds)
