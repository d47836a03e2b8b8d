"""
A backup: what PostgreSQL dumps, packed and sealed, then what is too old removed.

Whatever fails leaves no new file and removes none.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from systems.chassis import folders, programs
from systems.marketplace import artifacts, ledger, retention, sealing, wanted
from systems.marketplace.operation import FAILURE, Failed

if TYPE_CHECKING:
    from systems.marketplace.backup_settings import Backups
    from systems.marketplace.settings import Database

ACTION = "backup"
#: Roles are the server's, not the database's: a dump that names one restores nowhere else.
FORMAT = ("--no-owner", "--no-privileges", "--format=plain")


def run(told: Backups) -> str:
    """Make one, remove what is too old, write it down; the artifact's name. Raises Failed."""
    try:
        name = _made(told)
    except Failed:
        told.office.record(ACTION, {}, outcome=ledger.FAILED)
        raise
    prune(told)
    told.office.record(ACTION, {"artifact": name})
    return name


def prune(told: Backups) -> None:
    """Remove what the rules do not keep today."""
    with folders.alone(told.folder):
        found = artifacts.stored(told.folder)
        stays = retention.kept(found, told.rules, datetime.now(UTC).date())
        for each in found:
            if each.name not in stays:
                artifacts.remove(told.folder / each.name)


def _made(told: Backups) -> str:
    moment = datetime.now(UTC)
    try:
        packed = _dump(told.database)
        sealed = sealing.seal(packed, told.keyring.seals, os.urandom(sealing.ONCE_BYTES))
        return artifacts.add(told.folder, sealed, moment)
    except (psycopg.Error, programs.NoProgram, OSError) as error:
        raise Failed(f"no backup was made: {type(error).__name__}") from error


def _dump(database: Database) -> bytes:
    """The database as SQL, packed. Raises Failed with pg_dump's own exit code."""
    program = programs.postgres("pg_dump", for_server=_major(database))
    place, environ = _connection(database)
    argv = [str(program), *FORMAT, f"--dbname={place}"]
    packed = io.BytesIO()
    with subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101 - a pipe was asked for
        with gzip.GzipFile(fileobj=packed, mode="wb") as stream:
            shutil.copyfileobj(process.stdout, stream)
    if process.returncode != 0:
        code = process.returncode if process.returncode > 0 else FAILURE
        raise Failed(f"no backup was made: pg_dump ended with {process.returncode}", code)
    return packed.getvalue()


def _connection(database: Database) -> tuple[str, dict[str, str]]:
    """Where the database is, without its password; the password, in an environment without other secrets."""
    told = conninfo_to_dict(database.url)
    password = str(told.pop("password", None) or "")
    environ = {name: text for name, text in os.environ.items() if name not in wanted.SECRETS}
    seconds = str(-(-database.limit_ms // 1000))
    more = {"PGPASSWORD": password} if password else {}
    return make_conninfo("", **told), environ | {"PGCONNECT_TIMEOUT": seconds} | more


def _major(database: Database) -> int:
    with psycopg.connect(database.url, connect_timeout=-(-database.limit_ms // 1000)) as connection:
        return connection.info.server_version // 10_000
