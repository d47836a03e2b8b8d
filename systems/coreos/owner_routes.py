"""What the owner alone may see and do: reaper, dead letters, workers, audit log."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from systems.chassis.http import reply
from systems.coreos import control, requests
from systems.coreos.events import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.coreos.service import Service

DEV_MODE_WARNING = "JOB_WORKER_DEV_MODE is set; no result is accepted unsigned all the same"


@dataclass(frozen=True, slots=True)
class OwnerRoutes:
    """Handlers for the owner's session."""

    service: Service

    async def reap(self, request: Request) -> Response:
        """POST reaper: free jobs whose lease ran out, fifty at most."""
        self.service.owner(request)
        longest, journal = self.service.settings.retry_max_delay_ms, Journal()
        async with self.service.store.transaction() as tx:
            jobs = await control.reap(tx, longest_backoff_ms=longest, journal=journal)
            await journal.write(tx)
            clock = await tx.row("now")
        dead = sum(job["disposition"] == "dead_lettered" for job in jobs)
        return reply(
            {
                "reaper": "completed",
                "found": len(jobs),
                "retried": len(jobs) - dead,
                "deadLettered": dead,
                "jobs": jobs,
                "timestamp": clock.now if clock else None,
            }
        )

    async def dead_letters(self, request: Request) -> Response:
        """GET the newest dead letters."""
        self.service.owner(request)
        most = requests.limit(request.query_params, 20)
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("dead_letters", most=most)
            clock = await tx.row("now")
        letters = [_letter(row) for row in rows]
        timestamp = clock.now if clock else None
        return reply({"dlq": letters, "count": len(letters), "timestamp": timestamp})

    async def workers(self, request: Request) -> Response:
        """GET the workers that hold a job."""
        self.service.owner(request)
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("busy")
            clock = await tx.row("now")
        workers = [
            _worker(name, list(jobs)) for name, jobs in groupby(rows, lambda row: row.worker_id)
        ]
        healthy = sum(bool(worker["healthy"]) for worker in workers)
        has_dev_mode = self.service.settings.has_dev_mode
        return reply(
            {
                "workers": workers,
                "totalWorkers": len(workers),
                "totalActiveJobs": len(rows),
                "healthyWorkers": healthy,
                "unhealthyWorkers": len(workers) - healthy,
                "devModeActive": has_dev_mode,
                "devModeWarning": DEV_MODE_WARNING if has_dev_mode else None,
                "timestamp": clock.now if clock else None,
            }
        )

    async def audit(self, request: Request) -> Response:
        """GET one page of the audit log."""
        self.service.owner(request)
        query = request.query_params
        most = requests.limit(query, 50)
        filters = {
            "type": query.get("type"),
            "prefix": query.get("eventPrefix"),
            "severity": requests.severity(query),
            "trace_id": query.get("traceId"),
            "actor_id": query.get("actorId"),
            "since": requests.instant(query, "since"),
            "until": requests.instant(query, "until"),
            "before": requests.cursor(query),
        }
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("audit_page", most=most + 1, **filters)
        items = [_audited(row) for row in rows[:most]]
        data = {
            "items": items,
            "nextCursor": items[-1]["id"] if len(rows) > most else None,
            "count": len(items),
            "role": "owner",
        }
        return reply({"ok": True, "data": data})


def _letter(row: Row) -> dict[str, object]:
    return {
        "jobId": row.job_id,
        "jobType": row.job_type,
        "actorId": row.actor_id,
        "traceId": row.trace_id,
        "attempts": row.attempts,
        "maxAttempts": row.max_attempts,
        "lastError": row.last_error,
        "workerId": row.worker_id,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }


def _worker(name: str, jobs: Sequence[Row]) -> dict[str, object]:
    return {
        "workerId": name,
        "activeJobs": len(jobs),
        "jobs": [_held(job) for job in jobs],
        "lastSeen": jobs[0].last_seen,
        "healthy": all(job.lease_until > job.now for job in jobs),
    }


def _held(job: Row) -> dict[str, object]:
    return {
        "jobId": job.job_id,
        "jobType": job.job_type,
        "claimedAt": job.claimed_at,
        "leaseUntil": job.lease_until,
        "leaseExpired": job.lease_until <= job.now,
        "lastHeartbeat": job.heartbeat_at,
        "heartbeatAgeMs": job.now - (job.heartbeat_at or job.claimed_at),
        "attempt": job.attempts,
        "maxAttempts": job.max_attempts,
    }


def _audited(row: Row) -> dict[str, object]:
    return {
        "id": str(row.id),
        "type": row.type,
        "event": row.type,
        "traceId": row.trace_id,
        "timestamp": row.timestamp,
        "severity": row.severity,
        "context": {
            "jobId": row.job_id,
            "jobType": row.job_type,
            "workerId": row.worker_id,
            "status": row.status,
            "attempts": row.attempts,
            "maxAttempts": row.max_attempts,
            "errorCode": row.error_code,
            "resultHash": row.result_hash,
            "metrics": row.metrics,
        },
    }
