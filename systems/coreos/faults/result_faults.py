"""How heartbeats, results, retries and requeues are broken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.coreos.faults.seams import Fault, around, ids, query, together, value

if TYPE_CHECKING:
    from collections.abc import Callable

OF_WORKER = " AND job.worker_id = posted.worker_id"
OF_ATTEMPT = " AND job.attempts = posted.attempt"
OF_LEASE = " AND job.lease_until > coreos_now_ms()"
BEAT_FENCE = (
    "status = 'PROCESSING' AND worker_id = %(worker_id)s\n"
    "  AND attempts = %(attempt)s AND lease_until > coreos_now_ms()"
)


def _without(name: str) -> Callable[[Any], Any]:
    """A journal that forgets counters of one name."""

    def wrap(count: Any) -> Any:
        def counted(journal: Any, counter: str, **labels: str) -> None:
            if counter != name:
                count(journal, counter, **labels)

        return counted

    return wrap


def _five_by_default(integer: Any) -> Any:
    def read(fields: Any, name: str, *bounds: int, default: int) -> Any:
        return integer(fields, name, *bounds, default=5 if name == "maxAttempts" else default)

    return read


def _copies(refusal_of: Any) -> Any:
    async def counted(tx: Any, result: Any, journal: Any) -> Any:
        answer = await refusal_of(tx, result, journal)
        if isinstance(answer, dict):
            journal.count("jobs_completed")
        return answer

    return counted


FAULTS = (
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
        reason="Q4 (who lost the lease changes nothing)",
        plant=query("finish", (OF_ATTEMPT, ""), (OF_LEASE, "")),
    ),
    Fault(
        name="heartbeat-unfenced",
        process="api",
        breaks=ids("lost-lease-changes-nothing"),
        plant=query("heartbeat", (BEAT_FENCE, "status = 'PROCESSING'")),
    ),
    Fault(
        name="heartbeat-of-anybody",
        process="api",
        breaks=ids("lost-lease-changes-nothing"),
        reason="was not its own",
        plant=query("heartbeat", (" AND worker_id = %(worker_id)s", "")),
    ),
    Fault(
        name="heartbeat-keeps-nothing",
        process="api",
        breaks=ids("lease-duration-set-at-enqueue"),
        reason="not what was kept",
        plant=query(
            "heartbeat",
            ("lease_until = clock.now + lease_duration_ms, ", ""),
            ("RETURNING lease_until", "RETURNING clock.now + lease_duration_ms AS lease_until"),
        ),
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
        name="five-attempts-by-default",
        process="api",
        breaks=ids("retries-bounded"),
        plant=around("systems.coreos.requests:_integer", _five_by_default),
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
    Fault(
        name="result-hash-unchecked",
        process="api",
        breaks=ids("result-refused-in-order"),
        plant=value("systems.coreos.results:_check_hash", lambda _: None),
    ),
    Fault(
        name="result-signature-unchecked",
        process="api",
        breaks=ids("result-refused-in-order"),
        plant=value("systems.coreos.results:is_equal", lambda _given, _expected: True),
    ),
    Fault(
        name="result-without-metrics-crashes",
        process="api",
        breaks=ids("result-refused-in-order"),
        plant=value(
            "systems.coreos.results:_metrics",
            lambda metrics: (metrics["attempts"], metrics["latencyMs"]),
        ),
    ),
)
