"""
PostgreSQL's own programs, wherever this machine has them: psql, pg_dump, pg_restore.

    run("psql", "--file=001.sql", url=database.url).code

A password goes by the environment, where `ps` shows none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from proofbook import NotAsked
from proofbook.errors import StackError
from proofbook.instruments.postgres import Observer
from proofbook.stack import Finished, programs

_SECONDS = 120
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def run(name: str, *words: str, url: str) -> Finished:
    """Run a program on a database to its end. Raises `NotAsked` where there is none new enough."""
    said = conninfo_to_dict(url)
    password = str(said.pop("password", None) or "")
    place = make_conninfo("", **said)
    ran = subprocess.run(
        [str(_program(name, _major(url))), *words, f"--dbname={place}"],
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGPASSWORD": password},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return Finished(ran.returncode, ran.stdout)


def _program(name: str, server: int) -> Path:
    """The first that is not older than the server: an older one refuses to dump it."""
    for path in (_provided(name), shutil.which(name)):
        if path and Path(path).exists() and _version(path) >= server:
            return Path(path)
    raise NotAsked(
        f"this machine has no {name} for PostgreSQL {server}",
        remedy=f"install PostgreSQL's client programs, version {server} or newer",
    )


def _provided(name: str) -> str:
    try:
        return str(programs.postgres() / name)
    except StackError:
        return ""


def _version(path: str) -> int:
    ran = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    found = _VERSION.search(ran.stdout)
    return int(found[1]) if found else 0


def _major(url: str) -> int:
    row = Observer(url).rows("select current_setting('server_version_num')::int / 10000 as major")
    return int(row[0]["major"])
