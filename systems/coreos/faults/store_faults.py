"""How a store, a clock or a transaction that is trusted too far breaks what the queue promises."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from systems.coreos.faults.seams import Fault, around, ids, query, together

if TYPE_CHECKING:
    from collections.abc import Mapping


def _hasty(bounded: Any) -> Any:
    """The server says that it committed before it wrote anything down."""
    return lambda dsn, limit_ms: bounded(dsn, limit_ms).replace(
        "-c statement_timeout", "-c synchronous_commit=off -c statement_timeout"
    )


def _by_app_clock(execute: Any) -> Any:
    """Every instant by the clock of the API's own machine."""

    async def executed(tx: Any, name: str, values: Mapping[str, object]) -> Any:
        sql, now = tx._queries[name], time.time_ns() // 1_000_000
        if "coreos_now_ms()" not in sql:
            return await execute(tx, name, values)
        return await tx._connection.execute(
            sql.replace("coreos_now_ms()", f"{now}::bigint"), values
        )

    return executed


def _read_then_written(finish: Any) -> Any:
    """The result looks first whether the job is still held, and writes later, whatever became of it."""

    async def finished(tx: Any, results: Any, **more: Any) -> Any:
        job = await tx.row("job", job_id=results[0].job_id)
        if job is None or (job.status, job.attempts) != ("PROCESSING", results[0].attempt):
            return []
        await asyncio.sleep(LOOKED_SECONDS)
        return await finish(tx, results, **more)

    return finished


def _without_expiries(count: Any) -> Any:
    """A journal that forgets whose ticket ran out."""

    def counted(journal: Any, name: str, **labels: str) -> None:
        if name != "jobs_expired":
            count(journal, name, **labels)

    return counted


#: Between the look and the write: copies that were sent at once meet here on a machine under load, too.
LOOKED_SECONDS = 1.0
FAULTS = (
    Fault(
        name="commits-not-awaited",
        process="api",
        breaks=ids("claims-survive-nemesis"),
        unaffected=ids("claimed-once"),
        plant=around("systems.chassis.store:bounded", _hasty),
    ),
    Fault(
        name="instants-by-app-clock",
        process="api",
        breaks=ids("clock-skew-changes-nothing"),
        unaffected=ids("lease-holds-until-it-ends"),
        reason="Q",
        plant=around("systems.chassis.store:Transaction._execute", _by_app_clock),
    ),
    Fault(
        name="result-read-then-written",
        process="api",
        breaks=ids("summary-counts-exactly"),
        plant=together(
            query(
                "finish",
                (" AND job.status = 'PROCESSING'", ""),
                (" AND job.lease_until > coreos_now_ms()", ""),
            ),
            query("add_results", ("result)\n", "result) ON CONFLICT DO NOTHING\n")),
            around("systems.coreos.queue:finish", _read_then_written),
        ),
    ),
    Fault(
        name="trace-unmatched",
        process="api",
        breaks=ids("result-refused-in-order"),
        reason="one of them was taken",
        plant=query("finish", ("  AND job.trace_id = posted.trace_id", "  ")),
    ),
    Fault(
        name="back-off-not-awaited",
        process="api",
        breaks=ids("retries-back-off"),
        plant=query("claim", ("ELSE next_run_at END", "ELSE 0 END")),
    ),
    Fault(
        name="expired-tickets-uncounted",
        process="api",
        breaks=ids("expired-tickets-set-aside"),
        reason="(0 - 0) == 3",
        plant=around("systems.coreos.events:Journal.count", _without_expiries),
    ),
    Fault(
        name="dead-letters-need-an-index",
        process="api",
        breaks=ids("auth-mode-enforced"),
        reason="500",
        plant=query("dead_letters", ("SELECT ", "SELECT 1 / 0, ")),
    ),
)
