"""How a run is begun, retried, moved or ended as it must not be."""

from __future__ import annotations

import asyncio
from typing import Any

from systems.chassis.seams import Fault, around, ids, more_queries, query, together, value

jobsources = ids("jobsources")
OPEN = " AND status IN ('PENDING', 'RUNNING')"


def _full_is_refused(deliver: Any) -> Any:
    """A worker without room is one that refuses."""

    async def delivered(dispatcher: Any, task: Any) -> Any:
        from systems.jobsources.dispatch import Delivered, Delivery

        found = await deliver(dispatcher, task)
        return Delivered(Delivery.REFUSED, "status 429") if found.how is Delivery.FULL else found

    return delivered


def _read_first(row: Any) -> Any:
    """A heartbeat looks whether its run goes on, and then writes that it does."""

    async def found(tx: Any, name: str, **values: Any) -> Any:
        if name == "beat":
            pulse = await row(tx, "pulse", id=values["id"])
            if pulse is None or pulse.status in ("COMPLETED", "FAILED"):
                return None
            await asyncio.sleep(0.1)
        return await row(tx, name, **values)

    return found


def _unheld(ingested: Any) -> Any:
    """A batch looks whether its run goes on, and then writes that it does."""

    async def kept(tx: Any, run_id: str, told: Any) -> Any:
        from systems.jobsources.keeping import keep

        pulse = await tx.row("pulse", id=run_id)
        if pulse is None or pulse.status in ("COMPLETED", "FAILED") or not told.offers:
            return await ingested(tx, run_id, told)
        await asyncio.sleep(0.1)
        await tx.run("reopen_run", id=run_id)
        linked = await keep(tx, run_id, told.offers)
        counts = {"ingested": len(told.offers), "linked": linked, "deferred": 0}
        return {"ok": True, "status": "RUNNING", **counts}

    return kept


async def _never(*_: Any) -> None:
    """Nobody looks for runs that say nothing."""
    await asyncio.Event().wait()


FAULTS = (
    Fault(
        name="full-worker-fails-run",
        process="api",
        breaks=jobsources("task-delivered-until-taken", "full-queue-is-a-warning"),
        plant=around("systems.jobsources.dispatch:Dispatcher.deliver", _full_is_refused),
    ),
    Fault(
        name="full-worker-hammered",
        process="api",
        breaks=jobsources("task-delivered-until-taken"),
        plant=query("postpone", ("%(in_seconds)s", "%(in_seconds)s * 0.05")),
    ),
    Fault(
        name="full-worker-unsaid",
        process="api",
        breaks=jobsources("full-queue-is-a-warning"),
        plant=value("systems.jobsources.dispatch:Delivered.warning", ""),
    ),
    Fault(
        name="heartbeats-ignored",
        process="api",
        breaks=jobsources("heartbeat-starts-run"),
        plant=query("beat", (OPEN, f"{OPEN} AND false")),
    ),
    Fault(
        name="heartbeat-reopens-run",
        process="api",
        breaks=jobsources("finished-run-ignores-heartbeat", "finished-run-stays-finished"),
        plant=query("beat", (OPEN, "")),
    ),
    Fault(
        name="heartbeat-read-then-written",
        process="api",
        breaks=jobsources("finished-run-stays-finished"),
        plant=together(
            query("beat", (OPEN, "")), around("systems.chassis.store:Transaction.row", _read_first)
        ),
    ),
    Fault(
        name="batch-reopens-run",
        process="api",
        breaks=jobsources("finished-run-stays-finished"),
        plant=together(
            around("systems.jobsources.callback_routes:_ingested", _unheld),
            more_queries(
                reopen_run="UPDATE job_source_runs SET status = 'RUNNING' WHERE id = %(id)s::uuid"
            ),
        ),
    ),
    Fault(
        name="ended-twice",
        process="api",
        breaks=jobsources("run-ends-once"),
        plant=together(
            query("hold_run", (" FOR UPDATE", "")),
            query("complete_run", (" AND status = 'RUNNING'", "")),
            query("fail_run", (OPEN, "")),
        ),
    ),
    Fault(
        name="stale-runs-unseen",
        process="api",
        breaks=jobsources("silent-runs-fail"),
        plant=value("systems.jobsources.watchdog:look_after", _never),
    ),
)
