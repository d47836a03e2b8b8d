"""How a store, a clock or a transaction that is trusted too far breaks what the queue promises."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from systems.coreos.faults.seams import Fault, around, ids

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
)
