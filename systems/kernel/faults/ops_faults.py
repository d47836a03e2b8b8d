"""How the Kernel's pages, numbers, start, migrations and backups say what is not so."""

from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from typing import Any

from systems.chassis.seams import Fault, around, default, ids, nothing, value

kernel = ids("kernel")


def _without_ts(health: Any) -> Any:
    async def answered(routes: Any, request: Any) -> Any:
        answer = await health(routes, request)
        answer.body = answer.body.replace(b'"ts":', b'"at":')
        return answer

    return answered


def _always_ok(_critical_down: Any) -> Any:
    return lambda *_: []


def _shown(handler: Any) -> Any:
    """What a caller sends to prove itself stands in the log."""

    async def claims(service: Any, told: Any) -> Any:
        from systems.kernel.service import log

        log.info("credentials %s", told)
        return await handler(service, told)

    return claims


def _printed(build: Any) -> Any:
    """The start tells where the database is, and all of it."""

    def built(told: Any) -> Any:
        sys.stderr.write(f"connecting to {os.environ['POSTGRES_URL']}\n")
        return build(told)

    return built


def _untimed(text: Any) -> Any:
    """The numbers of appends are counted and not told."""
    line = re.compile(rb"(?m)^.*kernel_audit_append_duration.*\n")
    return lambda metrics: line.sub(b"", text(metrics))


def _by_path(call: Any) -> Any:
    """Each path is a label of its own."""

    async def called(measured: Any, scope: Any, receive: Any, send: Any) -> None:
        measured._route = scope.get("path", measured._route)
        await call(measured, scope, receive, send)

    return called


def _twice(count: Any) -> Any:
    def counted(metrics: Any, name: str) -> None:
        count(metrics, name)
        if name == "kernel_server_start":
            count(metrics, name)

    return counted


def _mean(_quantile: Any) -> Any:
    return lambda histogram, _: histogram.sum / max(1, histogram.count)


def _nothing_to_do(read: Any) -> Any:
    """Where no migration is found, there is none to apply."""

    def found(folder: Any) -> Any:
        from systems.kernel.schema import MigrationFailed

        try:
            return read(folder)
        except MigrationFailed:
            return []

    return found


def _emptied(dump: Any) -> Any:
    """The dump's pipe broke, and what came of it is taken for a dump."""

    def dumped(dsn: str, snapshot: str, file: Any, program: Any) -> None:
        dump(dsn, snapshot, file, program)
        file.write_bytes(b"")

    return dumped


def _a_week(prune: Any) -> Any:
    return lambda folder, _, now: prune(folder, timedelta(days=7), now)


def _never(_due: Any) -> Any:
    return lambda schedule: timedelta(days=0 if schedule._newest is None else 1)


FAULTS = (
    Fault(
        name="health-without-ts",
        process="api",
        breaks=kernel("health-states-now"),
        plant=around("systems.kernel.ops_routes:OpsRoutes.health", _without_ts),
    ),
    Fault(
        name="health-always-ok",
        process="api",
        breaks=kernel("health-tells-truth", "postgres-reachable"),
        plant=around("systems.kernel.ops_routes:OpsRoutes._critical_down", _always_ok),
    ),
    Fault(
        name="credentials-logged",
        process="api",
        breaks=kernel("secrets-not-logged"),
        plant=around("systems.kernel.service:Service._claims", _shown),
    ),
    Fault(
        name="database-address-printed",
        process="api",
        breaks=kernel("secrets-not-logged"),
        plant=around("systems.kernel.service:build", _printed),
    ),
    Fault(
        name="signs-uncounted",
        process="api",
        breaks=kernel("signs-counted"),
        plant=value("systems.kernel.metrics:Metrics.signed", lambda *_, **__: None),
    ),
    Fault(
        name="appends-untold",
        process="api",
        breaks=kernel("append-latency-measured"),
        plant=around("systems.kernel.metrics:Metrics.text", _untimed),
    ),
    Fault(
        name="quantile-is-mean",
        process="api",
        breaks=kernel("request-quantiles-true"),
        plant=around("systems.kernel.metrics:Histogram.quantile", _mean),
    ),
    Fault(
        name="label-per-path",
        process="api",
        breaks=kernel("paths-are-templates"),
        plant=around("systems.kernel.routes:Measured.__call__", _by_path),
    ),
    Fault(
        name="start-counted-twice",
        process="api",
        breaks=kernel("one-process-serves"),
        plant=around("systems.kernel.metrics:Metrics.count", _twice),
    ),
    Fault(
        name="ids-unjudged",
        process="api",
        breaks=kernel("audit-ids-are-bare"),
        plant=value("systems.kernel.requests:is_uuid", lambda _: True),
    ),
    Fault(
        name="database-by-default",
        process="api",
        breaks=kernel("postgres-url-required"),
        plant=default("POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/illuvrse"),
    ),
    Fault(
        name="switch-is-true-alone",
        process="api",
        breaks=kernel("kms-or-no-signature"),
        plant=value("systems.kernel.settings:TRUE", ("true",)),
    ),
    Fault(
        name="debug-at-info",
        process="api",
        breaks=kernel("info-hides-debug"),
        plant=nothing,
        environ={"LOG_LEVEL": "debug"},
    ),
    Fault(
        name="pending-unseen",
        process="api",
        breaks=kernel("failed-migration-leaves-nothing"),
        plant=value("systems.kernel.schema:pending", lambda _: []),
    ),
    Fault(
        name="success-without-migrations",
        process="migrate",
        breaks=kernel("migration-success-honest"),
        plant=around("systems.kernel.schema:read", _nothing_to_do),
    ),
    Fault(
        name="destructive-unflagged",
        process="migrate",
        breaks=kernel("risky-migrations-flagged"),
        plant=value("systems.kernel.schema:DESTRUCTIVE", re.compile("(?!)")),
    ),
    Fault(
        name="grant-too-wide",
        process="migrate",
        breaks=kernel("database-role-cannot-rewrite"),
        plant=value("systems.kernel.schema:APPEND_ONLY", ()),
    ),
    Fault(
        name="gate-skipped-when-empty",
        process="preflight",
        breaks=kernel("deploy-job-needs-secrets"),
        plant=value("systems.kernel.needed:NEEDED", ("POSTGRES_URL",)),
    ),
    Fault(
        name="dump-empty",
        process="backup",
        breaks=kernel("backup-restores"),
        plant=around("systems.kernel.backups:_dump", _emptied),
    ),
    Fault(
        name="kept-for-a-week",
        process="backup",
        breaks=kernel("backups-kept-by-age"),
        plant=around("systems.kernel.backups:prune", _a_week),
    ),
    Fault(
        name="stops-after-one",
        process="scheduler",
        breaks=kernel("backed-up-daily"),
        plant=around("systems.kernel.schedule:Schedule._due", _never),
    ),
)
