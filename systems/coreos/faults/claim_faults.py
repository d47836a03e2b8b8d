"""How claims and leases are broken."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from systems.coreos.faults.seams import Fault, around, ids, more_queries, query, together, value

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCK = "  FOR UPDATE SKIP LOCKED\n"
HELD = """
SELECT job_id, status, job_type, ticket, payload, version, attempts, max_attempts, lease_until, status AS was,
  worker_id AS held_by, attempts AS tried
FROM job_queue WHERE status = 'PROCESSING' AND worker_id = %(worker_id)s LIMIT 1
"""
SKEWED = ("claim", "heartbeat", "finish")
SKEW_MS = 2000


def _replayed(claim: Any) -> Any:
    async def claim_again(tx: Any, *, worker_id: str, journal: Any, most: int = 1) -> list[Any]:
        held: list[Any] = await tx.rows("held", worker_id=worker_id)
        return held or await claim(tx, worker_id=worker_id, journal=journal, most=most)

    return claim_again


async def _one_round(tx: Any, *, worker_id: str, journal: Any, most: int = 1) -> list[Any]:
    rows = await tx.rows("claim", worker_id=worker_id, most=most, ended=False)
    return [row for row in rows if row.status == "PROCESSING"]


def _skewed(execute: Any) -> Any:
    """Leases by the clocks of two app servers, the second of which is ahead."""
    skews = itertools.cycle((0, SKEW_MS))

    async def executed(tx: Any, name: str, values: Mapping[str, object]) -> Any:
        if name not in SKEWED:
            return await execute(tx, name, values)
        now = time.time_ns() // 1_000_000 + next(skews)
        sql = tx._queries[name].replace("coreos_now_ms()", f"{now}::bigint")
        return await tx._connection.execute(sql, values)

    return executed


FAULTS = (
    Fault(
        name="no-reclaim",
        process="api",
        breaks=ids(
            "expired-lease-reclaimed", "lapsed-leases-recovered", "lease-holds-until-it-ends"
        ),
        plant=query("claim", ("'FAILED_RETRYABLE', 'PROCESSING')", "'FAILED_RETRYABLE')")),
    ),
    Fault(
        name="replayed-to-holder",
        process="api",
        breaks=ids("crashed-worker-restarts"),
        plant=together(more_queries(held=HELD), around("systems.coreos.queue:claim", _replayed)),
    ),
    Fault(
        name="worker-id-shared",
        process="api",
        breaks=ids("worker-id-unique"),
        plant=query(
            "worker_seen", ("WHERE known.instance_id = excluded.instance_id OR", "WHERE true OR")
        ),
    ),
    Fault(
        name="worker-id-held-for-ever",
        process="api",
        breaks=ids("crashed-worker-restarts", "worker-id-unique"),
        plant=query("worker_seen", (" OR known.last_seen <= coreos_now_ms() - %(hold_ms)s", "")),
    ),
    Fault(
        name="claim-race-loser-empty",
        process="api",
        breaks=ids("no-empty-claim-while-work-waits"),
        plant=query(
            "claim",
            (LOCK, ""),
            (
                "WHERE job.job_id = chosen.job_id",
                "WHERE job.job_id = chosen.job_id AND job.attempts = tried",
            ),
        ),
    ),
    Fault(
        name="claim-unlocked",
        process="api",
        breaks=ids("claimed-once", "no-empty-claim-while-work-waits"),
        plant=query("claim", (LOCK, "")),
    ),
    Fault(
        name="expired-ticket-burns-claim",
        process="api",
        breaks=ids("expired-tickets-set-aside"),
        plant=value("systems.coreos.queue:claim", _one_round),
    ),
    Fault(
        name="only-five-oldest-compared",
        process="api",
        breaks=ids("highest-priority-first"),
        plant=query(
            "claim",
            (
                "  ORDER BY priority",
                (
                    "    AND job_id IN (SELECT job_id FROM job_queue WHERE status = 'PENDING' ORDER BY seq LIMIT 5)\n"
                    "  ORDER BY priority"
                ),
            ),
        ),
    ),
    Fault(
        name="used-up-job-handed-out",
        process="api",
        breaks=ids("lease-holds-until-it-ends"),
        plant=query(
            "claim",
            ("      WHEN status = 'PROCESSING' AND attempts >= max_attempts THEN 'DEAD'\n", ""),
        ),
    ),
    Fault(
        name="looking-takes-a-job",
        process="api",
        breaks=ids("claim-tested-by-hand"),
        plant=query(
            "claimable",
            (
                "SELECT count(*) AS n FROM job_queue\n",
                (
                    ", taken AS (UPDATE job_queue SET status = 'PROCESSING', attempts = attempts + 1, "
                    "lease_until = coreos_now_ms() + 30000 WHERE job_id IN (SELECT job_id FROM job_queue "
                    "WHERE status = 'PENDING' LIMIT 1))\nSELECT count(*) AS n FROM job_queue\n"
                ),
            ),
        ),
    ),
    Fault(
        name="leases-by-skewed-app-clock",
        process="api",
        breaks=ids("lease-holds-until-it-ends"),
        plant=around("systems.chassis.store:Transaction._execute", _skewed),
    ),
    Fault(
        name="lease-ends-early",
        process="api",
        breaks=ids("lease-holds-until-it-ends", "claimed-once"),
        plant=query(
            "claim",
            (
                "WHEN 'PROCESSING' THEN lease_until ELSE",
                "WHEN 'PROCESSING' THEN lease_until - 1500 ELSE",
            ),
        ),
    ),
    Fault(
        name="lease-of-another-default",
        process="api",
        breaks=ids("stuck-after-lease"),
        plant=around(
            "systems.coreos.settings:read",
            lambda read: lambda environ: read({**environ, "LEASE_DURATION_MS": "20000"}),
        ),
    ),
    Fault(
        name="lease-duration-ignored",
        process="api",
        breaks=ids("lease-duration-set-at-enqueue"),
        plant=query("add_job", ("%(lease_duration_ms)s", "30000")),
    ),
    Fault(
        name="heartbeat-adds-default-lease",
        process="api",
        breaks=ids("lease-duration-set-at-enqueue"),
        plant=query("heartbeat", ("clock.now + lease_duration_ms", "clock.now + 30000")),
    ),
)
