"""
PostgreSQL as a provider runs it, with TLS for each connection: `python -m systems.chassis.managed_postgres`.

The programs are those of the folder POSTGRES_BIN: what pip installs speaks no TLS. A new cluster is made in DATA,
with the database DATABASE of the role ROLE that logs in with PASSWORD, and served on PORT of 127.0.0.1. DOOR is the
word of `pg_hba.conf` for who is let in (`hostssl`), TLS is `on` or `off`. Root's cluster runs as somebody else, who
must get to DATA: the folder that it lies in is opened for that.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from systems.chassis import certificate

#: PostgreSQL refuses to run as root.
NOBODY = 65534
#: What stands in statements as it is.
PLAIN = re.compile(r"[A-Za-z0-9_-]+")
LOCALE = {"LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data folder, whose programs run as `uid` (`None`: as we do)."""

    programs: Path
    data: Path
    uid: int | None

    def make(self, database: str, role: str, password: str, door: str) -> None:
        """Initialise it: its one database, whose it is, its certificate, who is let in."""
        if not all(map(PLAIN.fullmatch, (database, role, password))):
            raise ValueError("DATABASE, ROLE and PASSWORD are plain words")
        if self.uid is not None:
            self.data.parent.chmod(0o711)
        self.data.mkdir(mode=0o700)
        self._give(self.data)
        self._run(
            "initdb",
            "-D",
            self.data,
            "--username=postgres",
            "--locale=C",
            "--encoding=UTF8",
            "--no-sync",
        )
        made = f"create role \"{role}\" login password '{password}'\n"
        made += f'create database "{database}" owner "{role}"\n'
        self._run("postgres", "--single", "-D", self.data, "postgres", told=made)
        certificate.write(self.data / "server.pem")
        self._give(self.data / "server.pem")
        (self.data / "pg_hba.conf").write_text(f"{door} all all 127.0.0.1/32 scram-sha-256\n")

    def serve(self, port: str, tls: str) -> None:
        """Become the server."""
        if self.uid is not None:
            os.setgroups([])
            os.setgid(self.uid)
            os.setuid(self.uid)
        settings = {
            "port": port,
            "listen_addresses": certificate.ADDRESS,
            "unix_socket_directories": "",
            "ssl": tls,
            "ssl_cert_file": "server.pem",
            "ssl_key_file": "server.pem",
            # In the data folder: what a kill leaves there goes with it.
            "dynamic_shared_memory_type": "mmap",
        }
        program = str(self.programs / "postgres")
        told = [f"--{name}={value}" for name, value in settings.items()]
        os.execve(program, [program, "-D", str(self.data), *told], LOCALE)  # noqa: S606 - no shell

    def _run(self, program: str, *arguments: str | Path, told: str = "") -> None:
        subprocess.run(
            [self.programs / program, *arguments],
            input=told,
            text=True,
            check=True,
            cwd=self.data,
            env=LOCALE,
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else (),
        )

    def _give(self, path: Path) -> None:
        if self.uid is not None:
            os.chown(path, self.uid, self.uid)


def main() -> None:
    """Make the cluster and become its server."""
    said = os.environ
    uid = NOBODY if os.geteuid() == 0 else None
    cluster = Cluster(Path(said["POSTGRES_BIN"]), Path(said["DATA"]), uid)
    cluster.make(said["DATABASE"], said["ROLE"], said["PASSWORD"], said.get("DOOR", "hostssl"))
    cluster.serve(said["PORT"], said.get("TLS", "on"))


if __name__ == "__main__":
    try:
        main()
    except (KeyError, ValueError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
