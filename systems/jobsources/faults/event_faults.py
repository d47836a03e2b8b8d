"""How an event of a callback is lost, counted twice or taken for another."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any

from systems.chassis.seams import Fault, around, ids, more_queries, query, together

jobsources = ids("jobsources")
#: Whether the event of this callback was seen for the first time.
IS_NEW: ContextVar[bool] = ContextVar("IS_NEW", default=False)
EARLY = """
INSERT INTO job_source_callback_events (source_run_id, event_id, status, payload_hash)
SELECT id, %s, %s, %s FROM job_source_runs WHERE id = %s ON CONFLICT DO NOTHING
"""


def _event_first(apply: Any) -> Any:
    """The event is written down by itself, before anything is judged."""

    async def applied(ending: Any) -> Any:
        import psycopg

        told = ending.told
        values = [told.event_id.strip(), told.status, told.payload_hash, told.source_run_id]
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as store:
            IS_NEW.set(bool(told.event_id) and store.execute(EARLY, values).rowcount == 1)
        return await apply(ending)

    return applied


def _once_written(register: Any) -> Any:
    async def registered(ending: Any) -> Any:
        return "" if IS_NEW.get() else await register(ending)

    return registered


def _acknowledged(apply: Any) -> Any:
    """What belongs to no run is taken all the same."""

    async def applied(ending: Any) -> Any:
        from systems.chassis.http import Refusal

        try:
            return await apply(ending)
        except Refusal as refusal:
            if refusal.status != 404:  # noqa: PLR2004 - no such run
                raise
            return {"ok": True, "status": ending.told.status, "inserted": 0, "idempotent": True}

    return applied


def _forgotten(register: Any) -> Any:
    """An event is judged, and not kept."""

    async def registered(ending: Any) -> Any:
        reason = await register(ending)
        await ending.tx.run("forget_event", run_id=ending.told.source_run_id)
        return reason

    return registered


def _uncompared(register: Any) -> Any:
    async def registered(ending: Any) -> Any:
        reason = await register(ending)
        return "DUPLICATE_EVENT_ID" if reason == "CONFLICTING_EVENT_PAYLOAD" else reason

    return registered


FAULTS = (
    Fault(
        name="event-written-first",
        process="api",
        breaks=jobsources("refused-callback-keeps-event-id", "event-and-state-together"),
        plant=together(
            around("systems.jobsources.ending:Ending.apply", _event_first),
            around("systems.jobsources.ending:Ending._register", _once_written),
        ),
    ),
    Fault(
        name="events-forgotten",
        process="api",
        breaks=jobsources("accepted-event-stored"),
        plant=together(
            around("systems.jobsources.ending:Ending._register", _forgotten),
            more_queries(
                forget_event="DELETE FROM job_source_callback_events WHERE source_run_id = %(run_id)s::uuid"
            ),
        ),
    ),
    Fault(
        name="events-unknown",
        process="api",
        breaks=jobsources("second-delivery-without-effect"),
        plant=query("event", ("event_id = %(event_id)s", "event_id = %(event_id)s AND false")),
    ),
    Fault(
        name="run-not-held",
        process="api",
        breaks=jobsources("parallel-deliveries-applied-once"),
        plant=query("hold_run", (" FOR UPDATE", "")),
    ),
    Fault(
        name="events-are-everybodys",
        process="api",
        breaks=jobsources("event-id-per-run"),
        plant=query("event", ("source_run_id = %(run_id)s::uuid", "%(run_id)s::uuid IS NOT NULL")),
    ),
    Fault(
        name="payloads-uncompared",
        process="api",
        breaks=jobsources("changed-redelivery-conflicts"),
        plant=around("systems.jobsources.ending:Ending._register", _uncompared),
    ),
    Fault(
        name="unknown-run-acknowledged",
        process="api",
        breaks=jobsources("no-event-of-unknown-run"),
        plant=around("systems.jobsources.ending:Ending.apply", _acknowledged),
    ),
    Fault(
        name="copied-heartbeats-count",
        process="api",
        breaks=jobsources("copied-heartbeat-moves-nothing"),
        plant=query("beat", ("last_heartbeat_signed < %(signed)s::bigint", "true")),
    ),
)
