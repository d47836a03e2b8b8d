"""How the Kernel's migrations are run otherwise than the runbook says."""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

kernel = ids("kernel")


def _backwards(read: Any) -> Any:
    """The files are taken in another order than that of their names."""
    return lambda folder: read(folder)[::-1]


def _retyped(apply: Any) -> Any:
    """A migration that suits an empty table, run each time, whether there are rows by now or not."""

    def applied(dsn: str, *more: Any) -> Any:
        import psycopg

        from systems.kernel.schema import MigrationFailed

        count = apply(dsn, *more)
        statement = (
            "ALTER TABLE manifest_signatures ALTER manifest_id TYPE uuid USING manifest_id::uuid"
        )
        try:
            with psycopg.connect(dsn) as connection:
                connection.execute(statement)
        except psycopg.Error as error:
            raise MigrationFailed(f"002_ids.sql:1: {error.diag.message_primary}") from None
        return count

    return applied


def _touched(apply: Any) -> Any:
    """Each run brings a row up to date that was."""

    def applied(dsn: str, *more: Any) -> Any:
        import psycopg

        count = apply(dsn, *more)
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE kernel_settings SET updated_at = clock_timestamp()")
        return count

    return applied


FAULTS = (
    Fault(
        name="runners-do-not-queue",
        process="migrate",
        breaks=kernel("migrated-once"),
        plant=value("systems.kernel.schema:LOCK", os.getpid()),
    ),
    Fault(
        name="migrations-in-another-order",
        process="migrate",
        breaks=kernel("runner-migrates-empty-database"),
        plant=around("systems.kernel.schema:read", _backwards),
    ),
    Fault(
        name="ids-retyped-each-time",
        process="migrate",
        breaks=kernel("migration-paths-agree", "migrations-repeat-harmlessly"),
        plant=around("systems.kernel.schema:apply", _retyped),
    ),
    Fault(
        name="applied-by-halves",
        process="migrate",
        breaks=kernel("failed-migration-leaves-nothing"),
        plant=value(
            "systems.kernel.schema:psycopg.Connection.transaction", lambda _: nullcontext()
        ),
    ),
    Fault(
        name="backfill-refused",
        process="migrate",
        breaks=kernel("write-forward-needs-no-flag"),
        plant=value(
            "systems.kernel.schema:DESTRUCTIVE",
            re.compile(r"\bINSERT\s+INTO\s+\w+\s+SELECT\b", re.IGNORECASE),
        ),
    ),
    Fault(
        name="rows-touched-each-time",
        process="migrate",
        breaks=kernel("migrations-repeat-harmlessly"),
        plant=around("systems.kernel.schema:apply", _touched),
    ),
)
