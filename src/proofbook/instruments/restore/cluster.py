"""
Where backups are restored to: only what this run has made, and has marked as its own.

There is no way to name another destination: a cluster is made by `fresh` or `recovered`, and before
anything is written to it, it is asked whether it is the one of its mark.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from proofbook.errors import StackError, WrongPlace
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.places import destroyed, give
from proofbook.stack.outcomes import telling
from proofbook.stack.postgres import Database

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.stack import Stack
    from proofbook.stack.postgres import Postgres

#: The file that says whose a cluster is.
MARK = "proofbook-restored.json"
#: Our role in a cluster that came back with its own.
ROLE = "proofbook_copy"
_OURS = "SELECT FROM pg_roles WHERE rolname = 'proofbook_copy'"
_NOTHING: Mapping[str, str] = MappingProxyType({})
#: A restore writes much at once: fewer checkpoints, and nothing that keeps data safe is switched off.
SETTINGS: Mapping[str, str] = MappingProxyType(
    {"max_wal_size": "8GB", "maintenance_work_mem": "256MB", "autovacuum": "off"}
)
_IDENTITY = (
    "SELECT system_identifier::text, current_setting('data_directory') FROM pg_control_system()"
)


@dataclass(slots=True)
class Cluster:
    """A PostgreSQL of this run, with nothing in it but what is restored."""

    stack: Stack
    #: The run that made it.
    run: str
    folder: Path
    server: Postgres
    database: Database | None = None

    @classmethod
    def fresh(
        cls,
        stack: Stack,
        name: str,
        *,
        run: str,
        folder: Path | None = None,
        settings: Mapping[str, str] = _NOTHING,
    ) -> Cluster:
        """An empty one that runs, in `folder` or where the stack has its data."""
        place = folder or stack.new_data(name)
        place.mkdir(parents=True, exist_ok=True)
        server = stack.server(name, folder=place, settings={**SETTINGS, **settings})
        return cls(stack, run, place, server).begin()

    @classmethod
    def standing(cls, stack: Stack, name: str, *, run: str, folder: Path) -> Cluster:
        """One that an earlier process of the same run has made. Raises `WrongPlace` for anybody else's."""
        check_mark(folder, run)
        server = stack.server(name, folder=folder, settings=SETTINGS, data=folder / "data")
        cluster = cls(stack, run, folder, server)
        server.start()
        cluster.check()
        return cluster

    @classmethod
    def recovered(
        cls, stack: Stack, name: str, *, run: str, folder: Path, settings: Mapping[str, str]
    ) -> Cluster:
        """
        The data folder `folder/data`, a copy of a base backup, brought to the target in `settings`.

        It takes no connection before it is there: a standby that answers early has misled drills. It
        archives nothing, so that it cannot write into the archive that it reads. Raises `Broken` with
        what PostgreSQL says if it ends first.
        """
        data = folder / "data"
        (folder / "hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        (folder / "ident.conf").write_text("")
        (folder / "postgresql.conf").write_text("")
        (data / "recovery.signal").touch()
        for left in ("postmaster.pid", "postmaster.opts", "standby.signal"):
            (data / left).unlink(missing_ok=True)
        sockets = stack.new_data(
            "sockets"
        )  # a socket's path has 107 bytes, and a scratch may be deep
        give(sockets)
        own = {
            "config_file": str(folder / "postgresql.conf"),
            "hba_file": str(folder / "hba.conf"),
            "ident_file": str(folder / "ident.conf"),
            "unix_socket_directories": str(sockets),
            "hot_standby": "off",
            "archive_mode": "off",
            "recovery_target_action": "promote",
        }
        give(folder)
        data.chmod(0o700)
        whole = {**SETTINGS, **own, **settings}
        server = stack.server(name, folder=folder, settings=whole, data=data)
        try:
            return cls(stack, run, folder, server).begin()
        except StackError:
            said = _last_words(server.output())
            stack.forget(server)
            raise Broken("replay", said) from None

    def check(self) -> None:
        """Raise `WrongPlace` unless what answers here is the cluster that this run has marked."""
        with closing(self.server.connect()) as connection:
            found = connection.execute(_IDENTITY).fetchone()
        told = check_mark(self.folder, self.run)
        if found != (told.get("system_identifier"), str(self.folder / "data")):
            raise WrongPlace(
                f"what answers at 127.0.0.1:{self.server.port} is not the cluster that {self.run} "
                f"made in {self.folder}; nothing was restored"
            )

    def empty(self, name: str) -> Database:
        """A database with nothing in it, for a restore: its one role may do all, until `settle`."""
        self.check()
        self.database = self.server.create(name)
        self._alter(self.database, "SUPERUSER")
        self.stack.hide(self.database.password)
        return self.database

    def adopt(self) -> Database:
        """A role of ours in a cluster that came back whole, which may do all in it."""
        self.check()
        role = Database(name=ROLE, password=os.urandom(18).hex(), port=self.server.port)
        made = "ALTER" if self.rows(_OURS) else "CREATE"
        with closing(self.server.connect()) as connection:
            connection.execute(
                sql.SQL(made + " ROLE {} LOGIN SUPERUSER PASSWORD {}").format(
                    sql.Identifier(ROLE), sql.Literal(role.password)
                )
            )
        self.stack.hide(role.password)
        self.database = role
        return role

    def url(self, database: str) -> str:
        """The DSN of a database of it, for the role that was made last."""
        role = self.database
        if role is None:
            raise StackError("nothing was restored yet")
        return f"postgresql://{role.name}:{role.password}@127.0.0.1:{role.port}/{database}"

    def settle(self) -> None:
        """Take from the role of a restored database what only a restore needs."""
        if self.database is not None:
            self._alter(self.database, "NOSUPERUSER")

    def databases(self) -> tuple[str, ...]:
        """The databases that are somebody's."""
        query = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
        with closing(self.server.connect()) as connection:
            return tuple(str(name) for (name,) in connection.execute(query))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the superuser is told."""
        with closing(self.server.connect()) as connection:
            return connection.execute(query.encode()).fetchall()

    def run_in(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """What the superuser is told in a database of it; nothing for a statement that tells nothing."""
        with closing(self.server.connect(database)) as connection:
            ran = connection.execute(statement.encode())
            return ran.fetchall() if ran.description else []

    def setting(self, name: str, value: str) -> str:
        """Change a setting of the running server; what it was."""
        with closing(self.server.connect()) as connection:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            change = sql.SQL("ALTER SYSTEM SET {} = {}").format(
                sql.Identifier(name), sql.Literal(value)
            )
            connection.execute(change)
            connection.execute("SELECT pg_reload_conf()")
        return str(row[0]) if row else ""

    def stop(self) -> None:
        """End it; its data stays."""
        self.stack.forget(self.server)

    def destroy(self) -> None:
        """End it and remove all that it holds. Raises `Broken` if anything of it is left."""
        self.stop()
        destroyed(self.folder)

    def begin(self) -> Cluster:
        """Start it for the first time, and mark it."""
        self.server.start()
        with closing(self.server.connect()) as connection:
            found: Any = connection.execute(_IDENTITY).fetchone()
        mark = {"run": self.run, "system_identifier": found[0]}
        (self.folder / MARK).write_text(json.dumps(mark), encoding="utf-8")
        return self

    def _alter(self, database: Database, word: str) -> None:
        role = sql.Identifier(database.name)
        with closing(self.server.connect()) as connection:
            connection.execute(sql.SQL("ALTER ROLE {} " + word).format(role))


def check_mark(folder: Path, run: str) -> dict[str, str]:
    """What a cluster's mark says. Raises `WrongPlace` for a folder that this run did not make."""
    try:
        told = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise WrongPlace(
            f"{folder} holds no mark of a drill; nothing was restored into it"
        ) from None
    if told.get("run") != run:
        raise WrongPlace(
            f"{folder} is of the run {told.get('run')}, not of {run}; it was left alone"
        )
    return dict(told)


def connected(dsn: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection, each statement its own transaction."""
    return psycopg.connect(dsn, autocommit=True, connect_timeout=10)


def _last_words(output: str) -> str:
    """Why recovery ended, among the answers to us who asked meanwhile."""
    words = [line for line in output.splitlines() if "FATAL:  the database system is" not in line]
    return telling("\n".join(words))
