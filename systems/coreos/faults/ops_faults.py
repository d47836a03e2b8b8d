"""How what operators see is broken: health, counters, series, audit, pages."""

from __future__ import annotations

import itertools
import json
from typing import Any

from systems.coreos.faults.seams import Fault, around, ids, query, value

STALE = "2026-02-13T00:00:00.000Z"
#: What stood there when the statement began, whatever was added since.
LOST_UPDATE = (
    "coalesce((SELECT value FROM core_metrics WHERE id = excluded.id), 0) + excluded.value"
    " + (SELECT 0 FROM pg_sleep(0.05))"
)


async def _always(_: Any) -> bool:
    return True


async def _not_found(_routes: Any, _request: Any) -> Any:
    from systems.chassis.http import Refusal

    raise Refusal(404, "Not found")


async def _not_allowed(_routes: Any, _request: Any) -> Any:
    from starlette.responses import Response

    return Response(status_code=405)


def _quietly(note_claim: Any) -> Any:
    """What a claim buries leaves no trace."""
    return lambda row, journal: None if row.status == "DEAD" else note_claim(row, journal)


def _rewritten(change: Any) -> Any:
    """A JSON answer with its fields changed."""

    def wrap(health: Any) -> Any:
        def answered(*args: Any) -> Any:
            response = health(*args)
            response.body = json.dumps(change(json.loads(response.body))).encode()
            response.headers["content-length"] = str(len(response.body))
            return response

        return answered

    return wrap


def _forgetting(write: Any) -> Any:
    """Counters are sent off and not waited for: each second one of completed jobs is lost."""
    lost = itertools.cycle((False, True))

    async def written(journal: Any, tx: Any) -> None:
        counters = journal._counters
        if any(name.startswith("jobs_completed") for name in counters) and next(lost):
            counters.clear()
        await write(journal, tx)

    return written


def _unburied(row: Any, status: str, journal: Any) -> None:
    from systems.coreos.events import Event

    event = Event(type="job.stuck", job_id=row.job_id, status=status, attempts=row.attempts)
    journal.note(event)


def _typeless(item: Any) -> Any:
    def audited(row: Any) -> Any:
        whole = item(row)
        return whole | {"context": {k: v for k, v in whole["context"].items() if k != "jobType"}}

    return audited


def _unknown(item: Any) -> Any:
    return lambda row: item(row) | {"type": "unknown", "event": "unknown"}


FAULTS = (
    Fault(
        name="health-ignores-store",
        process="api",
        breaks=ids("health-follows-store"),
        reason="code is 200, promised `code = 503`",
        plant=value("systems.chassis.health:Probe.store_answers", _always),
    ),
    Fault(
        name="health-timestamp-renamed",
        process="api",
        breaks=ids("health-is-fresh"),
        reason="no timestamp",
        plant=around(
            "systems.coreos.ops_routes:health",
            _rewritten(
                lambda body: {"timeISO" if k == "timestamp" else k: v for k, v in body.items()}
            ),
        ),
    ),
    Fault(
        name="health-timestamp-stale",
        process="api",
        breaks=ids("health-is-fresh"),
        reason="age is ",
        plant=around(
            "systems.coreos.ops_routes:health", _rewritten(lambda body: body | {"timestamp": STALE})
        ),
    ),
    Fault(
        name="login-page-missing",
        process="api",
        breaks=ids("api-serves-queue-metrics-ui"),
        reason="(404, ",
        plant=value("systems.coreos.pages:Pages.login_page", _not_found),
    ),
    Fault(
        name="claim-by-hand-405",
        process="api",
        breaks=ids("claim-tested-by-hand"),
        reason="status is 405",
        plant=value("systems.coreos.worker_routes:WorkerRoutes.claimable", _not_allowed),
    ),
    Fault(
        name="counters-forgotten",
        process="api",
        breaks=ids("summary-counts-exactly"),
        plant=around("systems.coreos.events:Journal.write", _forgetting),
    ),
    Fault(
        name="counters-overwritten",
        process="api",
        breaks=ids("summary-counts-exactly"),
        plant=query("count", ("known.value + excluded.value", LOST_UPDATE)),
    ),
    Fault(
        name="reaper-buries-nobody",
        process="api",
        breaks=ids("dead-rate-counts-all", "audit-filters-dead-jobs"),
        plant=value("systems.coreos.control:_note_reaped", _unburied),
    ),
    Fault(
        name="claim-buries-quietly",
        process="api",
        breaks=ids("dead-rate-counts-all", "dead-rows-name-job-type"),
        plant=around("systems.coreos.queue:_note_claim", _quietly),
    ),
    Fault(
        name="oldest-points-only",
        process="api",
        breaks=ids("latency-buckets-exact"),
        reason="500 == 501",
        plant=query(
            "timeseries",
            (
                "FROM core_metrics_ts WHERE metric",
                "FROM (SELECT * FROM core_metrics_ts ORDER BY timestamp LIMIT 500) AS oldest WHERE metric",
            ),
        ),
    ),
    Fault(
        name="buckets-a-minute-late",
        process="api",
        breaks=ids("latency-buckets-exact"),
        plant=query("timeseries", ("timestamp / 1000)", "timestamp / 1000 + 60)")),
    ),
    Fault(
        name="average-rounded-down",
        process="api",
        breaks=ids("latency-buckets-exact"),
        plant=around(
            "systems.coreos.ops_routes:_bucket",
            lambda bucket: lambda row: bucket(row) | {"avg": int(row.sum) // (row.count + 1)},
        ),
    ),
    Fault(
        name="thresholds-included",
        process="api",
        breaks=ids("alert-thresholds-exact"),
        reason="HEALTHY",
        plant=value("systems.coreos.metrics:DEAD_PERCENT", 9.99),
    ),
    Fault(
        name="rates-cut-off",
        process="api",
        breaks=ids("alert-thresholds-exact"),
        reason="66.66",
        plant=value("systems.coreos.metrics:rounded", int),
    ),
    Fault(
        name="stuck-lists-live-leases",
        process="api",
        breaks=ids("stuck-lists-exactly", "stuck-after-lease"),
        reason="too early",
        plant=query("stuck", (" AND lease_until <= clock.now - %(threshold_ms)s", "")),
    ),
    Fault(
        name="stuck-names-no-worker",
        process="api",
        breaks=ids("stuck-lists-exactly"),
        reason="'workerId': None",
        plant=around(
            "systems.coreos.ops_routes:_stuck",
            lambda stuck: lambda row: {k: v for k, v in stuck(row).items() if k != "workerId"},
        ),
    ),
    Fault(
        name="idle-worker-invisible",
        process="api",
        breaks=ids("active-workers-visible"),
        reason="w-idle",
        plant=query(
            "seen_workers",
            (
                "last_seen > coreos_now_ms() - %(lost_ms)s",
                "last_seen > coreos_now_ms() - %(lost_ms)s AND worker_id IN (SELECT worker_id FROM job_queue WHERE heartbeat_at IS NOT NULL)",
            ),
        ),
    ),
    Fault(
        name="lost-worker-forgotten",
        process="api",
        breaks=ids("active-workers-visible"),
        plant=query(
            "seen_workers",
            ("FROM workers", "FROM workers WHERE last_seen > coreos_now_ms() - %(lost_ms)s"),
        ),
    ),
    Fault(
        name="audit-rows-missing",
        process="api",
        breaks=ids("audit-rows-stored", "audit-filters-dead-jobs", "dead-rows-name-job-type"),
        plant=value("systems.coreos.events:Journal.note", lambda _journal, _event: None),
    ),
    Fault(
        name="audit-event-unknown",
        process="api",
        breaks=ids("audit-filters-dead-jobs"),
        reason="type is unknown",
        plant=around("systems.coreos.owner_routes:_audited", _unknown),
    ),
    Fault(
        name="audit-without-job-type",
        process="api",
        breaks=ids("dead-rows-name-job-type"),
        reason="None",
        plant=around("systems.coreos.owner_routes:_audited", _typeless),
    ),
)
