"""What one sees of backups that are not as they must be."""

from __future__ import annotations

import base64
import gzip
import os
import stat
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from systems.chassis.seams import value
from systems.chassis.settings import Reader
from systems.marketplace import (
    artifacts,
    backup,
    backup_settings,
    backups,
    forms,
    ledger,
    reencrypt,
    scheduler,
    sealing,
)
from systems.marketplace.operation import Failed
from systems.marketplace.sealing import NotOpened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.systems.marketplace.forks import Told

KEYS = (b"1" * 32, b"2" * 32)
CANARY = "canary@marketplace.example"
ADDED = """
INSERT INTO users (id, username, email, "updatedAt") VALUES ('canary', 'canary', %s, now());
"""
JOB = """
INSERT INTO jobs (id, title, description, "clientId", "budgetAmount", "budgetType", duration, skills,
  requirements, "updatedAt")
VALUES ('job', 'Canary of jobs', 'd', 'canary', 1, 'FIXED', '1 d', '{}', '{}', now())
"""


def environ(told: Told, **more: str) -> dict[str, str]:
    """What a backup is told."""
    keys = ",".join(f"v{n}:{base64.b64encode(key).decode()}" for n, key in enumerate(KEYS, 1))
    return {
        "DATABASE_URL": told.environ["DATABASE_URL"],
        "BACKUP_DIR": str(told.folder / "backups"),
        "ENCRYPTION_KEYS": keys,
        "OPS_LEDGER": str(told.folder / "ledger.jsonl"),
        **more,
    }


def made(told: Told, **more: str) -> Path:
    """The artifact of a backup, whatever PostgreSQL would dump."""
    value("systems.marketplace.backups:_dump", lambda _database: gzip.compress(b"CREATE TABLE"))()
    backup.run(Reader(environ(told, **more)))
    return _newest(told)


def dumped(told: Told) -> bytes:
    """What is in a backup of a database in which there is something."""
    with psycopg.connect(forms.postgres(told.environ["DATABASE_URL"])) as connection:
        connection.execute("TRUNCATE users CASCADE")
        connection.execute(ADDED, [CANARY])
        connection.execute(JOB)
    backup.run(Reader(environ(told)))
    return gzip.decompress(sealing.opened(_newest(told).read_bytes(), KEYS))


def _newest(told: Told) -> Path:
    return max((told.folder / "backups").glob("*.enc"))


def due(told: Told) -> str:
    """Where there is none, the first backup is not due."""
    wait = scheduler.read(environ(told))[0].wait(None)
    return "" if wait == timedelta() else f"{wait}"


def ends(told: Told) -> str:
    """A backup does not end, or there is nothing in it."""
    slept: list[object] = []
    time.sleep = slept.append
    sql = dumped(told)
    if slept:
        return f"it sleeps {slept} s"
    return "" if b"CREATE TABLE" in sql else "it is empty"


def sealed(told: Told) -> str:
    """Without the key one reads it."""
    content = made(told).read_bytes()
    if content[:2] == b"\x1f\x8b":
        return "it is packed, no more"
    with suppress(NotOpened):
        sealing.opened(content, KEYS[1:])
        return ""
    return "the key does not open it"


def damaged(told: Told) -> str:
    """What is cut, empty or another key's opens all the same."""
    content = made(told).read_bytes()
    for flawed, keys in ((content[:-1], KEYS), (b"", KEYS), (content, KEYS[:1])):
        with suppress(NotOpened):
            return f"{sealing.opened(flawed, keys)!r}"
    return ""


def kept(told: Told) -> str:
    """More, or fewer, are kept than the rules say; with all rules off not even the newest is."""
    now = datetime.now(UTC).replace(hour=3)
    folder = told.folder / "backups"
    for age in range(140):
        artifacts.add(folder, b"x", now - timedelta(days=age))
    days = [each.moment.date() for each in artifacts.stored(folder)][::-1]
    sundays = [day for day in days if day.weekday() == 6]
    months = {(day.year, day.month): day for day in reversed(days)}
    newest = [months[key] for key in sorted(months)[-3:]]
    wanted = {*days[:7], *sundays[:4], *newest}
    off = {"BACKUP_RETENTION_DAYS": "0"}
    backups.prune(backup_settings.read(Reader(environ(told, **off))))
    found = {each.moment.date() for each in artifacts.stored(folder)}
    if found != wanted:
        return f"{len(found)} instead of {len(wanted)}"
    none = {f"BACKUP_KEEP_{name}": "0" for name in ("DAILY", "WEEKLY", "MONTHLY")}
    backups.prune(backup_settings.read(Reader(environ(told, **off, **none))))
    left = len(artifacts.stored(folder))
    return "" if left == 1 else f"{left} left"


def complete(told: Told) -> str:
    """Not all of the database is in it, or it is no SQL, or it names owners."""
    sql = dumped(told)
    wanted = (b"CREATE TABLE", CANARY.encode(), b"Canary of jobs", b"dump complete")
    missing = [text for text in wanted if text not in sql]
    return f"without {missing}" if missing else "OWNER TO" * (b"OWNER TO" in sql)


def failed(told: Told) -> str:
    """What failed removes what is there."""
    folder = told.folder / "backups"
    for age in range(2):
        artifacts.add(folder, b"x", datetime.now(UTC) - timedelta(days=400 + age))
    before = sorted(folder.iterdir())
    env = environ(told) | {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/none"}
    with suppress(Failed):
        backup.run(Reader(env))
    return "" if sorted(folder.iterdir()) == before else "some are gone"


def watched(told: Told) -> str:
    """For a moment something has the final name that is not whole."""
    seen: list[str] = []
    folder, is_over = told.folder / "backups", threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            seen.extend(each.name for each in artifacts.stored(folder) if not each.is_whole)

    watching = threading.Thread(target=watch)
    watching.start()
    made(told)
    is_over.set()
    watching.join()
    return ", ".join(seen[:1])


def stamped(told: Told) -> str:
    """The name tells another time than that of UTC."""
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    made(told)
    (found,) = artifacts.stored(told.folder / "backups")
    away = abs(found.moment - datetime.now(UTC))
    return "" if away < timedelta(hours=1) else f"{away}"


def private(told: Told) -> str:
    """Others read it, or the password that it was made with."""
    artifact = made(told)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (artifact, artifact.parent)]
    place, environ_told = backups._connection(backup_settings.read(Reader(environ(told))).database)
    is_told = environ_told["PGPASSWORD"] in place
    return "" if modes == [0o600, 0o700] and not is_told else f"{modes} {is_told}"


def written(told: Told) -> str:
    """Nobody hears of it."""
    name = made(told).name
    entries = ledger.read(told.folder / "ledger.jsonl")
    return "" if [each.details for each in entries] == [{"artifact": name}] else f"{entries}"


def older_keys(told: Told) -> str:
    """An older key's does not open, or still needs it once it was sealed again."""
    artifact = made(told, ENCRYPTION_KEY_ACTIVE="v1")
    env = environ(told)
    try:
        sealing.opened(artifact.read_bytes(), backup_settings.keyring(Reader(env)).opens)
        reencrypt.run(Reader(env))
        sealing.opened(artifact.read_bytes(), KEYS[1:])
    except (NotOpened, Failed) as problem:
        return str(problem)
    return ""
