"""
A private PostgreSQL on loopback, from the installed Python packages.

The data folder is a clone of a template. Nothing that keeps data safe is switched off (`fsync`,
`synchronous_commit`, `full_page_writes`), since claims about crashes are checked on it. Whoever
connects needs a password; each database belongs to a role of its own.
"""

from __future__ import annotations

import secrets
import signal
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from proofbook.errors import StackError
from proofbook.stack import programs, scratch
from proofbook.stack.template import SUPERUSER, Template
from proofbook.stack.wards import Order

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack.output import Output
    from proofbook.stack.ports import Ports
    from proofbook.stack.wards import Ward, Wards

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.01
#: Room for a fleet of workers that each hold a connection or two.
_CONNECTIONS = 200


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


class Postgres:
    """One server: its program may be stopped, crashed and frozen, and started again on its data."""

    def __init__(self, wards: Wards, ports: Ports, *, folder: Path, output: Output) -> None:
        self._wards = wards
        self._ports = ports
        self._folder = folder
        self._programs = programs.postgres()
        template = Template.make(self._programs)
        uid = scratch.database_uid()
        folder.chmod(0o700 if uid is None else 0o711)
        self._data = template.clone(folder)
        self.password = template.password
        self.output = output
        self.port = ports.take()
        self._ward: Ward | None = None

    @property
    def pid(self) -> int:
        """The postmaster's process."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the postmaster has been started and has not ended."""
        return self._ward is not None and self._ward.is_running

    def start(self) -> None:
        """Start it and wait until a connection answers. Raises `StackError` with its last words."""
        if self.is_running:
            return
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": str(_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        flags = [f"--{name}={value}" for name, value in settings.items()]
        order = Order(
            name="postgres",
            argv=[str(self._programs / "postgres"), "-D", str(self._data), *flags],
            cwd=self._data,
            env={"LC_ALL": "C"},
            output=self.output.path,
            uid=scratch.database_uid(),
            farewell=signal.SIGQUIT,
        )
        self._ward = self._wards.start(order)
        self._await_answer(self._ward)

    def connect(self, database: str = SUPERUSER) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as superuser, each statement its own transaction."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def create(self, name: str) -> Database:
        """A fresh database, and the role that owns it."""
        database = Database(name=name, password=secrets.token_urlsafe(24), port=self.port)
        with closing(self.connect()) as server:
            server.execute(
                sql.SQL("create role {} login password {}").format(
                    sql.Identifier(name), sql.Literal(database.password)
                )
            )
            server.execute(
                sql.SQL("create database {0} owner {0} template template0").format(
                    sql.Identifier(name)
                )
            )
        return database

    def drop(self, database: Database) -> None:
        """Remove it, and whoever is connected to it."""
        name = sql.Identifier(database.name)
        with closing(self.connect()) as server:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(name))
            server.execute(sql.SQL("drop role if exists {}").format(name))

    def stop(self) -> None:
        """Shut it down in good order, disconnecting everybody (`fast`)."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """
        End it at once (`immediate`): nothing is written, and the next start recovers from the log.

        What a SIGKILL of all its processes would leave, but for shared memory that nobody frees.
        """
        self._end(signal.SIGQUIT)

    def freeze(self) -> None:
        """Stop all its processes: connections stay open, and nothing answers."""
        self._running().signal(signal.SIGSTOP, family=True)

    def thaw(self) -> None:
        """Let them run on."""
        self._running().signal(signal.SIGCONT, family=True)

    def wait(self, seconds: float) -> int | None:
        """The postmaster's exit code; `None` if it still runs after so long."""
        return self._running().wait(seconds)

    def terminate(self) -> None:
        """Ask it to end once everybody has disconnected (`smart`)."""
        self._running().signal(signal.SIGTERM, family=False)

    def close(self) -> None:
        """End it for good and give its port back; its data goes with the stack's folder."""
        if self.is_running:
            self.crash()
        self._ports.give_back(self.port)

    def _running(self) -> Ward:
        if self._ward is None:
            raise StackError("PostgreSQL has not been started")
        return self._ward

    def _end(self, number: int) -> None:
        ward = self._running()
        ward.signal(number, family=False)
        ward.signal(signal.SIGCONT, family=True)  # a frozen one would not hear of it
        if ward.wait(_STOP_SECONDS) is None:
            ward.signal(signal.SIGKILL, family=True)
            ward.wait(_STOP_SECONDS)

    def _await_answer(self, ward: Ward) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                with closing(self.connect()) as server:
                    server.execute("select 1")
                    return
            except psycopg.OperationalError:
                if ward.wait(_POLL_SECONDS) is not None:
                    raise StackError(
                        f"PostgreSQL ended with code {ward.code} before it answered:\n"
                        f"{self.output.tail()}"
                    ) from None
        self.crash()
        raise StackError(
            f"PostgreSQL did not answer within {_START_SECONDS:g} s:\n{self.output.tail()}"
        )
