"""How a queue is broken: claims, leases, fences, retries."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.coreos.faults.seams import Fault, around, ids, more_queries, query, together, value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOCK = "  FOR UPDATE SKIP LOCKED\n"
OF_WORKER = " AND job.worker_id = posted.worker_id"
OF_ATTEMPT = " AND job.attempts = posted.attempt"
OF_LEASE = " AND job.lease_until > coreos_now_ms()"
BEAT_FENCE = (
    "status = 'PROCESSING' AND worker_id = %(worker_id)s\n"
    "  AND attempts = %(attempt)s AND lease_until > coreos_now_ms()"
)
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


def _without(name: str) -> Callable[[Any], Any]:
    """A journal that forgets counters of one name."""

    def wrap(count: Any) -> Any:
        def counted(journal: Any, counter: str, **labels: str) -> None:
            if counter != name:
                count(journal, counter, **labels)

        return counted

    return wrap


def _copies(refusal_of: Any) -> Any:
    async def counted(tx: Any, result: Any, journal: Any) -> Any:
        answer = await refusal_of(tx, result, journal)
        if isinstance(answer, dict):
            journal.count("jobs_completed")
        return answer

    return counted


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
        name="conflicts-uncounted",
        process="api",
        breaks=ids("claim-conflicts-counted"),
        plant=around("systems.coreos.events:Journal.count", _without("claim_conflict")),
    ),
    Fault(
        name="result-fenced-by-state-only",
        process="api",
        breaks=ids("lost-lease-changes-nothing", "claimed-once"),
        plant=query("finish", (OF_WORKER, ""), (OF_ATTEMPT, ""), (OF_LEASE, "")),
    ),
    Fault(
        name="result-fenced-by-id-only",
        process="api",
        breaks=ids("lost-lease-changes-nothing", "claimed-once"),
        plant=query(
            "finish",
            (" AND job.status = 'PROCESSING'", ""),
            (OF_WORKER, ""),
            (OF_ATTEMPT, ""),
            (OF_LEASE, ""),
        ),
    ),
    Fault(
        name="result-fenced-by-worker-only",
        process="api",
        breaks=ids("claimed-once"),
        plant=query("finish", (OF_ATTEMPT, ""), (OF_LEASE, "")),
    ),
    Fault(
        name="heartbeat-unfenced",
        process="api",
        breaks=ids("lost-lease-changes-nothing"),
        plant=query("heartbeat", (BEAT_FENCE, "status = 'PROCESSING'")),
    ),
    Fault(
        name="heartbeat-revives-finished-job",
        process="api",
        breaks=ids("lost-lease-changes-nothing"),
        plant=query(
            "heartbeat",
            ("status = 'PROCESSING' AND ", ""),
            (" AND lease_until > coreos_now_ms()", ""),
        ),
    ),
    Fault(
        name="suspend-takes-running-job",
        process="api",
        breaks=ids("lost-lease-changes-nothing"),
        plant=query(
            "suspend",
            ("('PENDING', 'FAILED_RETRYABLE')", "('PENDING', 'FAILED_RETRYABLE', 'PROCESSING')"),
        ),
    ),
    Fault(
        name="copies-counted",
        process="api",
        breaks=ids("summary-counts-exactly"),
        plant=around("systems.coreos.queue:refusal_of", _copies),
    ),
    Fault(
        name="reapers-collide",
        process="api",
        breaks=ids("audit-filters-dead-jobs"),
        plant=together(
            query("overdue", ("FOR UPDATE SKIP LOCKED", "")),
            query(
                "bury",
                (
                    "= ANY (%(job_id)s::text[])",
                    "= ANY (%(job_id)s::text[])\nON CONFLICT DO NOTHING",
                ),
            ),
        ),
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
    Fault(
        name="attempts-unbounded",
        process="api",
        breaks=ids("retries-bounded"),
        plant=query(
            "finish",
            (
                "WHEN attempts < max_attempts THEN 'FAILED_RETRYABLE' ELSE 'DEAD'",
                "ELSE 'FAILED_RETRYABLE'",
            ),
        ),
    ),
    Fault(
        name="dead-one-attempt-early",
        process="api",
        breaks=ids("retries-bounded"),
        plant=query(
            "finish", ("WHEN attempts < max_attempts THEN", "WHEN attempts < max_attempts - 1 THEN")
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
        name="no-back-off",
        process="api",
        breaks=ids("retries-back-off"),
        plant=value("systems.coreos.backoff:backoff_ms", lambda _job, _attempt, _longest: 0),
    ),
    Fault(
        name="back-off-without-jitter",
        process="api",
        breaks=ids("retries-back-off"),
        plant=value("systems.coreos.backoff:JITTER_MS", 1),
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
        name="requeued-again-and-again",
        process="api",
        breaks=ids("dead-jobs-requeued"),
        plant=query("mark_requeued", (" AND requeued_as IS NULL", "")),
    ),
    Fault(
        name="requeued-empty",
        process="api",
        breaks=ids("dead-jobs-requeued"),
        plant=around(
            "systems.coreos.control:order_again",
            lambda again: lambda job, actor_id: replace(again(job, actor_id), payload="{}"),
        ),
    ),
)
