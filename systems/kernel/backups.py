"""
Backups in a folder: a dump, and beside it a manifest that says what is in it and by which it is known to be whole.

Whatever fails leaves no new file and removes none.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from systems.chassis import folders, instants, programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
FORMAT = "pg_dump-custom"
ENDING = ".manifest.json"


class BackupFailed(Exception):
    """No backup was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that is whole."""

    manifest: Path
    dump: Path
    snapshot_at: datetime


def make(dsn: str, folder: Path, bin_folder: str = "") -> Path:
    """Dump the database into the folder; the manifest's path. Raises BackupFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{os.getpid()}.new"
    try:
        with psycopg.connect(dsn) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("SET LOCAL TimeZone TO 'UTC'")
            said = connection.execute("SELECT pg_export_snapshot(), clock_timestamp()").fetchone()
            snapshot, moment = said or ("", datetime.now(UTC))
            facts = _facts(connection)
            major = connection.info.server_version // 10_000
            program = programs.postgres("pg_dump", bin_folder, for_server=major)
            _dump(dsn, snapshot, new, program)
        return _keep(new, facts, moment)
    except (psycopg.Error, programs.NoProgram, OSError) as error:
        raise BackupFailed(f"no backup was made: {type(error).__name__}") from error
    finally:
        new.unlink(missing_ok=True)


def prune(folder: Path, retention: timedelta, now: datetime) -> list[Path]:
    """Remove the whole backups that are older than that, but never the newest; the manifests that went."""
    found = sorted(whole(folder), key=lambda backup: backup.snapshot_at)
    old = [backup for backup in found[:-1] if now - backup.snapshot_at > retention]
    for backup in old:
        backup.manifest.unlink()
        backup.dump.unlink()
    return [backup.manifest for backup in old]


def newest(folder: Path) -> datetime | None:
    """When the newest whole backup's snapshot was taken."""
    return max((backup.snapshot_at for backup in whole(folder)), default=None)


def whole(folder: Path) -> Iterator[Backup]:
    """The backups whose dump is what their manifest says."""
    for manifest in folder.glob(f"*{ENDING}"):
        try:
            told = json.loads(manifest.read_text(encoding="utf-8"))
            dump = folder / str(told["file"])
            is_whole = dump.stat().st_size == told["bytes"] and _sha256(dump) == told["sha256"]
            moment = instants.moment(told["snapshotAt"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if is_whole:
            yield Backup(manifest=manifest, dump=dump, snapshot_at=moment)


def _facts(connection: psycopg.Connection) -> dict[str, Any]:
    """What the snapshot holds: tables by count and fingerprint, schema version, the chain's end."""
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    head = connection.execute(
        "SELECT value FROM kernel_settings WHERE key = 'audit.head'"
    ).fetchone()
    schema = connection.execute("SELECT max(name) FROM schema_migrations").fetchone()
    return {
        "version": VERSION,
        "system": "kernel",
        "format": FORMAT,
        "database": connection.info.dbname,
        "serverVersion": connection.info.parameter_status("server_version"),
        "schemaVersion": schema[0] if schema else None,
        "tables": {table: _fingerprint(connection, table) for (table,) in tables},
        "auditHead": head[0] if head else None,
    }


def _fingerprint(connection: psycopg.Connection, table: str) -> dict[str, Any]:
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} AS t"
    )
    row = connection.execute(query.format(sql.Identifier("public", table))).fetchone()
    rows, fingerprint = row or (0, "0")
    return {"rows": rows, "fingerprint": fingerprint}


def _dump(dsn: str, snapshot: str, file: Path, program: Path) -> None:
    """Dump what the snapshot sees; the password goes by the environment, where `ps` shows none."""
    told = conninfo_to_dict(dsn)
    password = str(told.pop("password", None) or "")
    place = make_conninfo("", **told)
    argv = [str(program), "--format=custom", f"--snapshot={snapshot}", f"--file={file}", place]
    environ = {**os.environ, "PGPASSWORD": password}
    ran = subprocess.run(argv, env=environ, capture_output=True, check=False)
    if ran.returncode != 0:
        raise BackupFailed(f"no backup was made: pg_dump ended with {ran.returncode}")


def _keep(new: Path, facts: dict[str, Any], moment: datetime) -> Path:
    """Give the dump its name and its manifest: both, or neither."""
    dump = _free(new.parent, moment)
    manifest = dump.with_name(dump.stem + ENDING)
    facts |= {"file": dump.name, "bytes": new.stat().st_size, "sha256": _sha256(new)}
    facts |= {"snapshotAt": instants.text(moment), "finishedAt": instants.now()}
    folders.sync(new)
    new.replace(dump)
    try:
        new.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        folders.sync(new)
        new.replace(manifest)
    except OSError:
        dump.unlink()
        raise
    folders.sync(new.parent)
    return manifest


def _free(folder: Path, moment: datetime) -> Path:
    """A name by the instant; the next second's, where somebody was as quick."""
    while True:
        dump = folder / f"kernel-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"
        if not dump.exists() and not dump.with_name(dump.stem + ENDING).exists():
            return dump
        moment += timedelta(seconds=1)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
