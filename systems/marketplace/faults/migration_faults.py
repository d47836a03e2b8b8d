"""How migrations are rehearsed, applied and undone otherwise than the runbook says."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

market = ids("marketplace")
TABLE = "systems.marketplace.migration_table"
GATES = "systems.marketplace.migration_gates"
MIGRATING = "systems.marketplace.migrating:Migrating"


def _any_rehearsal(_is_rehearsed: Any) -> Any:
    """Whoever rehearsed anything on staging may deploy everything."""

    def rehearsed(_migration: Any, entries: Any) -> bool:
        return any(each.environment == "staging" for each in entries)

    return rehearsed


def _unknown_option(_dry_run: Any) -> Any:
    """As it was written for another version of its tool."""

    def dry_run(_migrating: Any) -> None:
        from systems.marketplace.operation import Failed

        raise Failed("unknown option --to-db-env")

    return dry_run


def _backwards(_dry_run: Any) -> Any:
    """The way back is printed: what is there and not pending."""

    def dry_run(migrating: Any) -> None:
        from systems.marketplace import migration_table

        with migration_table.connected(migrating.database) as connection:
            shipped = migration_table.read(migrating.folder)
            pending = migration_table.pending(connection, shipped)
        for each in reversed([each for each in shipped if each not in pending]):
            sys.stdout.write(f"-- {each.name}\n{each.text}\n")

    return dry_run


def _done_too(dry_run: Any) -> Any:
    """What is printed is done, too."""

    def run(migrating: Any) -> None:
        dry_run(migrating)
        migrating.deploy()

    return run


def _but_last(pending: Any) -> Any:
    """The last one is left for later."""
    return lambda connection, shipped: pending(connection, shipped)[:-1]


def _reordered(read: Any) -> Any:
    """Those that add something are taken from the newest to the oldest."""

    def migrations(folder: Any) -> Any:
        first, *others = read(folder)
        return [first, *reversed(others)]

    return migrations


def _added_twice(read: Any) -> Any:
    """One more, under a name that differs in its date alone."""

    def migrations(folder: Any) -> Any:
        from systems.marketplace.migration_table import Migration

        name = "20251201000000_add_refresh_tokens"
        return [*read(folder), Migration(name=name, text="SELECT 1;", has_plan=False)]

    return migrations


def _afterwards(*statements: str) -> Any:
    """A hand does something to the database, once it is migrated."""

    def wrap(deploy: Any) -> Any:
        def deployed(migrating: Any) -> None:
            from systems.marketplace import migration_table

            deploy(migrating)
            with migration_table.connected(migrating.database) as connection:
                for statement in statements:
                    connection.execute(statement.encode())

        return deployed

    return wrap


def _blindly(down_of: Any) -> Any:
    """Where nobody says how, it is as good as undone."""

    def text(migrating: Any, name: str) -> Any:
        from systems.marketplace.operation import Refused

        try:
            return down_of(migrating, name)
        except Refused:
            return ""

    return text


def _by_halves(_undo: Any) -> Any:
    """Each statement stands for itself."""

    def undo(connection: Any, name: str, text: str) -> None:
        from systems.marketplace import migration_table

        with migration_table._told_of(name, "down.sql"):
            for statement in filter(str.strip, text.split(";")):
                connection.execute(statement.encode())
            connection.execute(migration_table.REMOVE, [name])

    return undo


FAULTS = (
    Fault(
        name="never-rehearsed",
        process="migrate",
        breaks=market("env-staging-dryrun-first"),
        plant=value(f"{GATES}:is_rehearsed", lambda *_: True),
    ),
    Fault(
        name="another-was-rehearsed",
        process="migrate",
        breaks=market("env-staging-dryrun-first"),
        plant=around(f"{GATES}:is_rehearsed", _any_rehearsal),
    ),
    Fault(
        name="destroyed-without-plan",
        process="migrate",
        breaks=market("d-mig-7"),
        plant=value(f"{GATES}:is_destructive", lambda _: False),
    ),
    Fault(
        name="dev-command-works-anywhere",
        process="migrate_dev",
        breaks=market("env-schema-dev-auto"),
        plant=around(f"{MIGRATING}.deploy_on_dev", lambda _: lambda told: told.deploy()),
    ),
    Fault(
        name="dry-run-of-another-tool",
        process="dry_run",
        breaks=market("mig-dry-run-cmd"),
        plant=around(f"{MIGRATING}.dry_run", _unknown_option),
    ),
    Fault(
        name="dry-run-backwards",
        process="dry_run",
        breaks=market("mig-dry-run-cmd"),
        plant=around(f"{MIGRATING}.dry_run", _backwards),
    ),
    Fault(
        name="dry-run-is-none",
        process="dry_run",
        breaks=market("mig-dry-run-no-change"),
        plant=around(f"{MIGRATING}.dry_run", _done_too),
    ),
    Fault(
        name="last-migration-left",
        process="migrate",
        breaks=market("mig-deploy-cmd"),
        plant=around(f"{TABLE}:pending", _but_last),
    ),
    Fault(
        name="migrations-in-another-order",
        process="migrate",
        breaks=market("mig-deploy-cmd"),
        plant=around(f"{TABLE}:read", _reordered),
    ),
    Fault(
        name="deployments-do-not-queue",
        process="migrate",
        breaks=market("mig-deploy-concurrent"),
        plant=value(f"{TABLE}:alone", lambda _: nullcontext()),
    ),
    Fault(
        name="index-forgotten",
        process="migrate",
        breaks=market("mig-verify-tables"),
        plant=around(
            f"{MIGRATING}.deploy", _afterwards('DROP INDEX IF EXISTS "refresh_tokens_userId_idx"')
        ),
    ),
    Fault(
        name="skill-indexes-dropped",
        process="migrate",
        breaks=market("mig-verify-plan", "mig-verify-tables"),
        plant=around(
            f"{MIGRATING}.deploy",
            _afterwards("DROP INDEX IF EXISTS idx_jobs_skills_gin, idx_profiles_skills_gin"),
        ),
    ),
    Fault(
        name="column-by-hand",
        process="migrate",
        breaks=market("env-schema-staging-deploy"),
        plant=around(
            f"{MIGRATING}.deploy",
            _afterwards("ALTER TABLE users ADD COLUMN IF NOT EXISTS note text"),
        ),
    ),
    Fault(
        name="migration-edited-since",
        process="migrate",
        breaks=market("env-schema-staging-deploy"),
        plant=around(
            f"{MIGRATING}.deploy",
            _afterwards("UPDATE _prisma_migrations SET checksum = repeat('0', 64)"),
        ),
    ),
    Fault(
        name="suffix-twice",
        process="migrate",
        breaks=market("d-mig-3"),
        plant=around(f"{TABLE}:read", _added_twice),
    ),
    Fault(
        name="undone-blindly",
        process="migrate_down",
        breaks=market("rb-mig-down-only-reversible"),
        plant=around(f"{MIGRATING}.down_of", _blindly),
    ),
    Fault(
        name="undone-by-halves",
        process="migrate_down",
        breaks=market("d-mig-9"),
        plant=around(f"{TABLE}:undo", _by_halves),
    ),
)
