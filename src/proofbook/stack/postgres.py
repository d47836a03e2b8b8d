"""
A private PostgreSQL on loopback, from the installed Python packages.

The data folder is a clone of a template. Nothing that keeps data safe is switched off (`fsync`,
`synchronous_commit`, `full_page_writes`), since claims about crashes are checked on it. Whoever
connects needs a password; each database belongs to a role of its own. A kill is SIGKILL for all its
processes: nothing is written any more, and the next start recovers from the log.
"""

from __future__ import annotations

import secrets
import signal
import time
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from proofbook.errors import StackError
from proofbook.stack import programs, scratch
from proofbook.stack.supervised import Supervised
from proofbook.stack.template import SUPERUSER, Template
from proofbook.stack.wards import Order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.stack.output import Output
    from proofbook.stack.wards import Ward, Wards

_START_SECONDS = 60.0
_POLL_SECONDS = 0.01
#: Whole seconds, as libpq wants it; what holds the port may be no PostgreSQL, and say nothing.
_ANSWER_SECONDS = 2
#: The same of a server that has answered before: it is only busy.
_BUSY_SECONDS = 30
#: Room for a fleet of workers that each hold a connection or two.
_CONNECTIONS = 200
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database of its own with the one role that owns it."""

    name: str
    password: str
    port: int

    @property
    def url(self) -> str:
        """The DSN; nothing in it needs to be percent-encoded."""
        return f"postgresql://{self.name}:{self.password}@127.0.0.1:{self.port}/{self.name}"


class Postgres(Supervised):
    """One server; `url` is the database that was made first, once one is."""

    _farewell = signal.SIGINT  # a `fast` shutdown: in good order, disconnecting everybody

    def __init__(  # noqa: PLR0913 - by keyword: where it is, and how it differs
        self,
        wards: Wards,
        *,
        port: int,
        name: str,
        folder: Path,
        output: Output,
        settings: Mapping[str, str] = _NOTHING,
        data: Path | None = None,
    ) -> None:
        """
        `settings` come over ours; `data` is a data folder that is there, to be used in place of a clone.

        With `unix_socket_directories` among them we connect there, where somebody else's data folder
        can be told to trust us.
        """
        bin_folder, uid = programs.postgres(), scratch.database_uid()
        template = Template.make(bin_folder)
        folder.chmod(0o700 if uid is None else 0o711)
        data = data or template.clone(folder)
        self.password = template.password
        self._host = settings.get("unix_socket_directories") or "127.0.0.1"
        self.port = port
        self.folder = folder
        order = Order(
            name=name,
            argv=[str(bin_folder / "postgres"), "-D", str(data), *_settings(self.port, settings)],
            cwd=data,
            env={"LC_ALL": "C"},
            output=output.path,
            uid=uid,
            farewell=signal.SIGQUIT,
        )
        super().__init__(wards, order, output, env={})

    def start(self) -> None:
        """Start it and wait until a connection answers. Raises `StackError` with its last words."""
        if not self.is_running:
            self._await_answer(self.launch())

    def connect(
        self, database: str = SUPERUSER, *, within_seconds: int = _BUSY_SECONDS
    ) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as superuser, each statement its own transaction."""
        return psycopg.connect(
            host=self._host,
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=within_seconds,
            # Else the runner's PGSSLMODE and the like would have a say.
            sslmode="disable",
            gssencmode="disable",
            options="",
        )

    def create(self, name: str) -> Database:
        """A fresh database, and the role that owns it: it may make others beside them, as an administrator may."""
        database = Database(name=name, password=secrets.token_urlsafe(24), port=self.port)
        owner = sql.Identifier(name)
        with closing(self.connect()) as server:
            password = sql.Literal(database.password)
            server.execute(
                sql.SQL("create role {} login createdb createrole password {}").format(
                    owner, password
                )
            )
            made = "create database {0} owner {0} template template0"
            server.execute(sql.SQL(made).format(owner))
        self._url = self._url or database.url
        return database

    def drop(self, database: Database) -> None:
        """Remove it, and whoever is connected to it. Raises `StackError`."""
        name = sql.Identifier(database.name)
        try:
            with closing(self.connect()) as server:
                server.execute(sql.SQL("drop database if exists {} with (force)").format(name))
                server.execute(sql.SQL("drop role if exists {}").format(name))
        except psycopg.Error as error:
            raise StackError(f"{self.name}: {database.name} cannot be dropped: {error}") from None

    def _await_answer(self, ward: Ward) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                with closing(self.connect(within_seconds=_ANSWER_SECONDS)) as server:
                    server.execute("select 1")
                    return
            except psycopg.OperationalError:
                if ward.wait(_POLL_SECONDS) is not None:
                    raise self.broken(
                        f"{self.name}: PostgreSQL ended with code {ward.code} before it answered"
                    ) from None
        self.kill()
        raise self.broken(f"{self.name}: PostgreSQL did not answer within {_START_SECONDS:g} s")


def _settings(port: int, more: Mapping[str, str]) -> list[str]:
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        # In the data folder: what a kill leaves there goes with it.
        "dynamic_shared_memory_type": "mmap",
        "max_connections": str(_CONNECTIONS),
        "timezone": "UTC",
        "log_timezone": "UTC",
        **more,
    }
    return [f"--{name}={value}" for name, value in settings.items()]
