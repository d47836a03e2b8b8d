"""What anybody may look at: health, counters, latencies, stuck jobs, the public key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from systems.chassis.http import reply
from systems.coreos import metrics, requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.coreos.service import Service


def health(status: str, node_env: str, commit_sha: str, warnings: Sequence[str] = ()) -> Response:
    """A health page: 200 if the status is `ok`, else 503."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {"status": status, "timestamp": now, "env": node_env, "commitSha": commit_sha}
    more = {"warnings": list(warnings)} if warnings else {}
    return reply(body | more, 200 if status == "ok" else 503, {"Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True)
class OpsRoutes:
    """Open handlers."""

    service: Service

    async def health(self, _request: Request) -> Response:
        """GET health: whether the store answers; everything else was checked at start."""
        settings = self.service.settings
        if await self.service.probe.store_answers():
            return health("ok", settings.node_env, settings.commit_sha)
        return health("down", settings.node_env, settings.commit_sha, ["Store unreachable"])

    async def summary(self, _request: Request) -> Response:
        """GET summary: counters, rates, workers, and alerts, which it raises and closes."""
        return reply(await summary(self.service))

    async def timeseries(self, request: Request) -> Response:
        """GET time series: latencies by the minute."""
        metric = request.query_params.get("metric", "job_latency")
        window, window_ms = requests.window(request.query_params)
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("timeseries", metric=metric, window_ms=window_ms)
            clock = await tx.row("now")
        return reply(
            {
                "metric": metric,
                "window": window,
                "windowMs": window_ms,
                "totalEntries": sum(row.count for row in rows),
                "buckets": [_bucket(row) for row in rows],
                "generatedAt": clock.now if clock else None,
            }
        )

    async def stuck(self, request: Request) -> Response:
        """GET stuck: jobs whose lease ran out."""
        return reply(await stuck(self.service, requests.threshold_seconds(request.query_params)))

    async def public_key(self, _request: Request) -> Response:
        """GET the key under which tickets verify."""
        key = self.service.settings.public_key
        body = {
            "publicKey": key.hex(),
            "publicKeyId": sha256(key).hexdigest()[:16],
            "algorithm": "ed25519",
            "encoding": "hex",
        }
        return reply(body, headers={"Cache-Control": "no-cache"})


async def summary(service: Service) -> dict[str, object]:
    """Counters, rates, active workers and alerts, as one page shows them."""
    settings = service.settings
    async with service.store.transaction() as tx:
        counters = {row.id: row.value for row in await tx.rows("counters")}
        seen = await tx.rows("seen_workers", lost_ms=settings.heartbeat_lost_seconds * 1000)
        active = [row.worker_id for row in seen if row.is_active]
        sums = metrics.aggregated(counters)
        rates = metrics.rates(sums)
        violations = metrics.violations(
            rates,
            was_worker_seen=bool(seen),
            active=len(active),
            lost_seconds=settings.heartbeat_lost_seconds,
        )
        unresolved = await _alert(tx, violations, settings.alert_cooldown_seconds * 1000)
        clock = await tx.row("now")
    return {
        "counters": counters,
        "aggregated": sums,
        "rates": rates,
        "activeWorkers": active,
        "systemStatus": "DEGRADED" if violations else "HEALTHY",
        "unresolvedAlerts": unresolved,
        "violations": [asdict(violation) for violation in violations],
        "generatedAt": clock.now if clock else None,
    }


async def stuck(service: Service, threshold_seconds: int) -> dict[str, object]:
    """Jobs whose lease ran out at least so long ago, worst first."""
    async with service.store.transaction() as tx:
        rows = await tx.rows("stuck", threshold_ms=threshold_seconds * 1000)
        clock = await tx.row("now")
    return {
        "count": len(rows),
        "thresholdSec": threshold_seconds,
        "jobs": [_stuck(row) for row in rows],
        "generatedAt": clock.now if clock else None,
    }


async def _alert(tx: Transaction, violations: Sequence[metrics.Violation], cooldown_ms: int) -> int:
    """Close alerts whose cause is gone, open those of the violations; how many are open then."""
    count = await tx.row("alerts_open")
    if not violations and not (count and count.n):
        return 0
    await tx.run("alerts_hold")
    await tx.run("alerts_resolve", type=[v.type for v in violations])
    await tx.run(
        "alerts_raise",
        type=[v.type for v in violations],
        value=[float(v.value) for v in violations],
        threshold=[float(v.threshold) for v in violations],
        cooldown_ms=cooldown_ms,
    )
    count = await tx.row("alerts_open")
    return int(count.n) if count else 0


def _bucket(row: Row) -> dict[str, object]:
    return {
        "bucket": row.bucket,
        "count": row.count,
        "sum": row.sum,
        "min": row.min,
        "max": row.max,
        "avg": metrics.rounded(row.sum / row.count),
    }


def _stuck(row: Row) -> dict[str, object]:
    return {
        "jobId": row.job_id,
        "jobType": row.job_type,
        "workerId": row.worker_id,
        "status": row.status,
        "attempts": row.attempts,
        "leaseUntil": row.lease_until,
        "lastHeartbeat": row.heartbeat_at,
        "stuckForSec": metrics.rounded((row.now - row.lease_until) / 1000),
        "claimedAt": row.claimed_at,
    }
