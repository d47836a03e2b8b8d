"""How backups are left out, emptied, shown, kept for too long or thrown away."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, timedelta
from typing import Any

from systems.chassis.seams import Fault, around, ids, together, value

market = ids("marketplace")
ARTIFACTS = "systems.marketplace.artifacts"
BACKUPS = "systems.marketplace.backups"
RETENTION = "systems.marketplace.retention"
SEALING = "systems.marketplace.sealing"
KEYRING = "systems.marketplace.backup_settings:Keyring"
#: A key that anybody can read here.
KNOWN = bytes(32)


def _never_ends(run: Any) -> Any:
    """What it started still holds it once all is done."""

    def ran(told: Any) -> Any:
        name = run(told)
        time.sleep(600)
        return name

    return ran


def _cut(dump: Any) -> Any:
    """The dump is packed well, but it is half of one."""

    def dumped(database: Any) -> bytes:
        sql = gzip.decompress(dump(database))
        return gzip.compress(sql[: len(sql) // 2])

    return dumped


def _known(seal: Any) -> Any:
    return lambda plain, _key, once: seal(plain, KNOWN, once)


def _whatever_opens(opened: Any) -> Any:
    """What is damaged is handed out, as far as it goes."""

    def told(sealed: Any, keys: Any) -> Any:
        from systems.marketplace.sealing import NotOpened

        try:
            return opened(sealed, keys)
        except NotOpened:
            return sealed[:100]

    return told


def _for_each_day(kept: Any) -> Any:
    """One of each day of the last three months, as the public script keeps them."""

    def found(stored: Any, rules: Any, today: Any) -> Any:
        from dataclasses import replace

        return kept(stored, replace(rules, daily=92), today)

    return found


def _zero_keeps_none(kept: Any) -> Any:
    """A rule that is switched off keeps nothing, and the newest one is nobody's."""

    def found(stored: Any, rules: Any, today: Any) -> Any:
        return kept(stored, rules, today) if rules.days else set()

    return found


def _pruned_first(made: Any) -> Any:
    """Old ones go whatever becomes of the new one."""

    def tried(told: Any) -> Any:
        from systems.marketplace import artifacts

        for each in artifacts.stored(told.folder)[:-1]:
            artifacts.remove(told.folder / each.name)
        return made(told)

    return tried


def _named_first(add: Any) -> Any:
    """The final name is there before what it stands for."""

    def added(folder: Any, sealed: Any, moment: Any) -> str:
        name = add(folder, sealed, moment)
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
        time.sleep(2)
        (folder / name).write_bytes(content)
        return str(name)

    return added


def _local_time(add: Any) -> Any:
    def added(folder: Any, sealed: Any, moment: Any) -> Any:
        return add(folder, sealed, moment.astimezone().replace(tzinfo=UTC))

    return added


def _told_password(connection: Any) -> Any:
    """The password stands where `ps` shows it."""

    def told(database: Any) -> Any:
        _, environ = connection(database)
        return database.url, environ

    return told


def _not_written(run: Any) -> Any:
    """Nobody hears of a backup that was made."""

    def ran(told: Any) -> Any:
        from dataclasses import replace

        unread = told.office.ledger.with_name("unread.jsonl")
        return run(replace(told, office=replace(told.office, ledger=unread)))

    return ran


def _sealed_once(replace: Any) -> Any:
    return lambda _artifact, _sealed: None


FAULTS = (
    Fault(
        name="backups-unscheduled",
        process="scheduler",
        breaks=market("bk-scheduled", "d-bk-1"),
        plant=value("systems.marketplace.schedule:Schedule.wait", lambda *_: timedelta(days=1)),
    ),
    Fault(
        name="backup-never-ends",
        process="backup",
        breaks=market("bk-manual"),
        plant=around(f"{BACKUPS}:run", _never_ends),
    ),
    Fault(
        name="backup-of-nothing",
        process="backup",
        breaks=market("bk-manual", "rb-mig-restore-latest"),
        plant=value(f"{BACKUPS}:_dump", lambda _database: gzip.compress(b"")),
    ),
    Fault(
        name="backup-in-the-open",
        process="backup",
        breaks=market("bk-encrypted"),
        plant=value(f"{SEALING}:seal", lambda plain, _key, _once: plain),
    ),
    Fault(
        name="backup-under-a-known-key",
        process="backup",
        breaks=market("bk-encrypted"),
        plant=around(f"{SEALING}:seal", _known),
    ),
    Fault(
        name="any-key-opens",
        process="decrypt",
        breaks=market("bk-encrypted", "d-bk-12"),
        plant=around(f"{SEALING}:opened", _whatever_opens),
    ),
    Fault(
        name="backups-for-each-day",
        process="backup",
        breaks=market("bk-retention-30d", "d-bk-3"),
        plant=around(f"{RETENTION}:kept", _for_each_day),
    ),
    Fault(
        name="no-days-no-backups",
        process="backup",
        breaks=market("d-bk-3"),
        plant=around(f"{RETENTION}:kept", _zero_keeps_none),
    ),
    Fault(
        name="backup-cut-in-half",
        process="backup",
        breaks=market("rb-mig-restore-latest", "bk-restore-quarterly", "d-bk-7", "d-bk-5"),
        plant=around(f"{BACKUPS}:_dump", _cut),
    ),
    Fault(
        name="backup-one-table-short",
        process="backup",
        breaks=market("rb-verify-health", "rb-mig-restore-latest"),
        plant=around(f"{BACKUPS}:FORMAT", lambda told: (*told, "--exclude-table-data=jobs")),
    ),
    Fault(
        name="pruned-after-a-failure",
        process="backup",
        breaks=market("d-bk-6"),
        plant=around(f"{BACKUPS}:_made", _pruned_first),
    ),
    Fault(
        name="named-before-it-is-whole",
        process="backup",
        breaks=market("d-bk-6"),
        plant=around(f"{ARTIFACTS}:add", _named_first),
    ),
    Fault(
        name="stamped-in-local-time",
        process="backup",
        breaks=market("d-bk-4"),
        plant=around(f"{ARTIFACTS}:add", _local_time),
    ),
    Fault(
        name="dump-in-another-format",
        process="backup",
        breaks=market("d-bk-5"),
        plant=value(f"{BACKUPS}:FORMAT", ("--no-owner", "--format=custom")),
    ),
    Fault(
        name="dump-names-owners",
        process="backup",
        breaks=market("d-bk-5"),
        plant=value(f"{BACKUPS}:FORMAT", ("--format=plain",)),
    ),
    Fault(
        name="password-in-command-line",
        process="backup",
        breaks=market("d-bk-9"),
        plant=around(f"{BACKUPS}:_connection", _told_password),
    ),
    Fault(
        name="backups-for-everybody",
        process="backup",
        breaks=market("d-bk-9"),
        plant=together(
            value(f"{ARTIFACTS}:FILE_MODE", 0o644), value(f"{ARTIFACTS}:FOLDER_MODE", 0o755)
        ),
    ),
    Fault(
        name="backup-unheard-of",
        process="backup",
        breaks=market("d-bk-10"),
        plant=around(f"{BACKUPS}:run", _not_written),
    ),
    Fault(
        name="key-in-use-alone",
        process="decrypt",
        breaks=market("d-sec-10"),
        plant=value(f"{KEYRING}.opens", property(lambda ring: (ring.seals,))),
    ),
    Fault(
        name="sealed-once-for-all",
        process="reencrypt",
        breaks=market("d-sec-10"),
        plant=around(f"{ARTIFACTS}:replace", _sealed_once),
    ),
)
