"""What all twins of one stack stand on: a warden, ports, folders, secrets and a shared database."""

from __future__ import annotations

import itertools
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, StackError
from proofbook.stack import docker
from proofbook.stack.containers import Containers
from proofbook.stack.output import Output
from proofbook.stack.ports import Ports
from proofbook.stack.postgres import Postgres
from proofbook.stack.redis import Redis
from proofbook.stack.scratch import Scratch, base, has_room, memory
from proofbook.stack.secrets import Secrets
from proofbook.stack.wards import Wards
from proofbook.stack.washing import wash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proofbook.targets import Target


_NOTHING: Mapping[str, str] = MappingProxyType({})


class Ground:
    """Starts nothing until it is asked to; `close` leaves nothing behind but the logs, without secrets."""

    def __init__(self, target: Target, *, root: Path, logs: Path) -> None:
        self.target = target
        self.root = root.resolve()
        self.logs = logs.resolve()
        self.secrets = Secrets(target, self.root)
        self._lock = RLock()
        self._numbers = itertools.count(1)
        self._held: _Held | None = None
        self._postgres: Postgres | None = None
        self._containers: Containers | None = None
        self._docker: str | None = None
        #: What everything of this stack is called where a name is wanted.
        self.name = f"proofbook-{secrets.token_hex(4)}"
        #: Every port that was ever dealt here.
        self._dealt: set[int] = set()

    @property
    def wards(self) -> Wards:
        """The warden's programs; the first call starts the warden."""
        return self._holding().wards

    @property
    def containers(self) -> Containers:
        """Docker's containers; the first call reaches it. Raises `NotAsked` where there is no Docker."""
        with self._lock:
            if self._containers is None:
                self._containers = Containers(self.wards, self.name)
            return self._containers

    def host(self, image: tuple[str, ...]) -> Wards | Containers:
        """Where a program runs: in a container if it has an image, else on this machine."""
        return self.containers if image else self.wards

    def new_twin(self) -> str:
        """The name of a twin."""
        return f"{self.name}-{next(self._numbers)}"

    def see_needs(self) -> None:
        """Raise `NotAsked` if this machine lacks what the target says that it needs."""
        with self._lock:
            if self._docker is None and "docker" in self.target.needs:
                self._docker = docker.lacking()
        if self._docker:
            raise NotAsked(
                f"{self.target.path} needs Docker: {self._docker}",
                remedy="start Docker on this machine",
            )

    def sweep(self, twin: str) -> None:
        """Remove what a twin has left of containers, networks, volumes and images."""
        if self._containers or "docker" in self.target.needs:
            with suppress(NotAsked):
                self.containers.sweep(twin)

    @property
    def dealt(self) -> frozenset[int]:
        """Every port that a program of this stack has had."""
        with self._lock:
            return frozenset(self._dealt)

    def new_port(self) -> int:
        """A port of this stack."""
        port = self._holding().ports.take()
        self.note_port(port)
        return port

    def note_port(self, port: int) -> None:
        """Remember a port that a program of this stack was told to use."""
        with self._lock:
            self._dealt.add(port)

    def give_back(self, port: int) -> None:
        """Let a port be dealt again."""
        self._holding().ports.give_back(port)

    def new_output(self, name: str) -> Output:
        """An empty log, `name.<n>.log`."""
        return Output.new(self.logs, name)

    def new_folder(self, name: str) -> Path:
        """An empty folder that goes with the stack."""
        with _writing():
            return self._holding().scratch.folder(name)

    def new_data(self, name: str) -> Path:
        """An empty folder for the data of a service: in memory, if there is room."""
        memory = self._holding().memory
        if memory is None or not has_room():
            return self.new_folder(name)
        with _writing():
            return memory.folder(name)

    def new_name(self, *words: str) -> str:
        """A database's name, not used before in this stack."""
        return "_".join([*words, str(next(self._numbers))])[-60:].replace("-", "_").lower()

    def postgres(self) -> Postgres:
        """The server that twins share, each with a database of its own; started if need be."""
        with self._lock:
            if self._postgres is None:
                self._postgres = self.new_postgres("postgres")
            self._postgres.start()
            return self._postgres

    def new_postgres(
        self,
        name: str,
        *,
        settings: Mapping[str, str] = _NOTHING,
        folder: Path | None = None,
        data: Path | None = None,
    ) -> Postgres:
        """A server that is not started yet; `folder` is where it lies, `data` what it finds there."""
        with _writing():
            return Postgres(
                self.wards,
                port=self.new_port(),
                name=name,
                folder=folder or self.new_data(name),
                output=self.new_output(name),
                settings=settings,
                data=data,
            )

    def new_redis(self, name: str) -> Redis:
        """A server that is not started yet."""
        with _writing():
            return Redis(
                self.wards,
                port=self.new_port(),
                name=name,
                folder=self.new_data(name),
                output=self.new_output(name),
            )

    def close(self) -> None:
        """End every program, then let go of the folder and the ports."""
        with self._lock:
            if self._held is None:
                return
            held, containers = self._held, self._containers
            self._held = self._postgres = self._containers = None
        if containers:
            containers.close()
        self.secrets.heard_by(None)
        held.close()
        wash(self.logs.rglob("*.log"), self.secrets.seen)

    def _holding(self) -> _Held:
        with self._lock, _writing():
            if self._held is None:
                self.logs.mkdir(parents=True, exist_ok=True)
                self._held = _Held.take(self.logs / f"warden.{os.getpid()}.log")
                self.secrets.heard_by(self._held.wards.hold_back)
            return self._held


@dataclass(frozen=True, slots=True)
class _Held:
    """What a stack holds of the machine; the warden holds it along."""

    wards: Wards
    ports: Ports
    scratch: Scratch
    memory: Scratch | None

    @classmethod
    def take(cls, log: Path) -> _Held:
        scratch, ports, place = Scratch.make(base()), Ports(), memory()
        data = Scratch.make(place) if place else None
        folders = [each for each in (scratch, data) if each]
        wards = Wards(
            *(each.path for each in folders),
            log=log,
            held=[ports.fileno(), *(each.lock for each in folders)],
        )
        return cls(wards, ports, scratch, data)

    def close(self) -> None:
        self.wards.close()
        self.scratch.close()
        if self.memory:
            self.memory.close()
        self.ports.close()


@contextmanager
def _writing() -> Iterator[None]:
    """A full disk, a folder that may not be written: said in one line."""
    try:
        yield
    except OSError as error:
        raise StackError(f"{error.filename}: {error.strerror}; nothing was started") from None
