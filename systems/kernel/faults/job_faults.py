"""How the jobs around the Kernel say that all is well when it is not: backups, and the gate of a deployment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

kernel = ids("kernel")


def _unrequired(missing: Any) -> Any:
    """Whether the KMS is required is not asked."""
    return lambda environ: missing({**environ, "REQUIRE_KMS": "true"})


def _for_ever(_prune: Any) -> Any:
    """Nothing is removed."""
    return lambda *_: []


def _pruned_first(make: Any) -> Any:
    """What is too old is removed before it is known whether anything new comes."""

    def made(dsn: str, folder: Any, bin_folder: str = "") -> Any:
        from systems.kernel import backups

        backups.prune(folder, timedelta(days=30), datetime.now(UTC))
        return make(dsn, folder, bin_folder)

    return made


def _of_yesterday(keep: Any) -> Any:
    """What is new is what there was the day before yesterday."""
    return lambda new, facts, moment: keep(new, facts, moment - timedelta(days=2))


def _less_a_table(program: Any) -> Any:
    """One table is left out of each dump."""

    def found(name: str, *words: Any, **more: Any) -> Any:
        from pathlib import Path
        from tempfile import mkdtemp

        plain = program(name, *words, **more)
        wrapped = Path(mkdtemp()) / name
        wrapped.write_text(f'#!/bin/sh\nexec "{plain}" --exclude-table=memory_nodes "$@"\n')
        wrapped.chmod(0o700)
        return wrapped

    return found


def _same_snapshot(keep: Any) -> Any:
    """However often it runs, it writes down one moment."""
    first: list[datetime] = []

    def kept(new: Any, facts: Any, moment: datetime) -> Any:
        first.append(moment)
        return keep(new, facts, first[0])

    return kept


def _any_days(integer: Any) -> Any:
    return lambda *_: integer(0, 10**9)


FAULTS = (
    Fault(
        name="gate-without-require-kms",
        process="preflight",
        breaks=kernel("deploy-job-requires-kms"),
        plant=around("systems.kernel.needed:missing", _unrequired),
        reason="refused is 0",
    ),
    Fault(
        name="gate-asks-no-kms",
        process="preflight",
        breaks=kernel("deploy-job-requires-kms"),
        plant=value("systems.kernel.needed:kms_answers", lambda _: True),
        reason="unreachable is 0",
    ),
    Fault(
        name="backups-never-pruned",
        process="backup",
        breaks=kernel("backups-kept-by-age"),
        plant=around("systems.kernel.backups:prune", _for_ever),
    ),
    Fault(
        name="any-retention-taken",
        process="backup",
        breaks=kernel("backups-kept-by-age"),
        plant=around("systems.kernel.backup_settings:integer", _any_days),
        reason="refused is 0",
    ),
    Fault(
        name="pruned-before-dump",
        process="backup",
        breaks=kernel("failed-backup-removes-nothing"),
        plant=around("systems.kernel.backups:make", _pruned_first),
    ),
    Fault(
        name="backup-of-yesterday",
        process="backup",
        breaks=kernel("newest-backup-fresh"),
        plant=around("systems.kernel.backups:_keep", _of_yesterday),
        reason="age is",
    ),
    Fault(
        name="dump-lacks-table",
        process="backup",
        breaks=kernel("backup-restores"),
        plant=around("systems.chassis.programs:postgres", _less_a_table),
        reason="memory_nodes",
    ),
    Fault(
        name="snapshots-of-one-moment",
        process="scheduler",
        breaks=kernel("backed-up-daily"),
        plant=around("systems.kernel.backups:_keep", _same_snapshot),
    ),
)
