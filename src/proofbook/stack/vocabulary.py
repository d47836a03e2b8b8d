"""What placeholders stand for in one twin, and which ports its programs have."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked
from proofbook.stack.addresses import Address
from proofbook.stack.words import Words
from proofbook.targets.mentions import PROCESS_PARTS, SERVICE_PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.stack.ground import Ground


@dataclass(slots=True, kw_only=True)
class Vocabulary:
    """The words of one twin; a program keeps its port for as long as the twin lives."""

    ground: Ground
    system: str
    #: Role → address; starts the service if need be.
    service: Callable[[str], Address]
    #: A name of the twin's own: small letters, digits and hyphens.
    twin: str = ""
    #: The folder that is HOME to its programs; made when it is first asked for.
    home: Callable[[], str] = str
    _ports: dict[tuple[str, str], int] = field(default_factory=dict)
    _fixed: set[tuple[str, str]] = field(default_factory=set)
    _lock: RLock = field(default_factory=RLock)

    def words(
        self,
        where: str,
        *,
        program: str = "",
        instance: str = "1",
        through: Mapping[str, str] = MappingProxyType({}),
        instead: Mapping[str, str] = MappingProxyType({}),
    ) -> Words:
        """
        What is known where `program` is started, or in general.

        `through` names proxies (`host:port`) to be put before a role or a `system.process`; `instead`
        gives a role another address. `where` is for messages.
        """
        root, target = str(self.ground.root), self.ground.target
        known: dict[str, Callable[[], str]] = {"python": lambda: sys.executable}
        known["root"] = lambda: root
        known |= self.ground.secrets.words()
        for role in target.services:
            place = (
                partial(Address.of, instead[role])
                if role in instead
                else partial(self.service, role)
            )
            at = partial(self._by_way, place, through.get(role))
            known |= {f"{role}.{part}": partial(_part, at, part) for part in SERVICE_PARTS}
        for system in target.systems.values():
            for process in system.processes:
                name = f"{system.name}.{process}"
                at = partial(self._by_way, partial(self._process, name), through.get(name))
                known |= {f"{name}.{part}": partial(_part, at, part) for part in PROCESS_PARTS}
        known["twin"] = lambda: self.twin
        known["home"] = self.home
        if program:
            known["instance"] = lambda: instance
            known["port"] = lambda: str(self.port(program, instance))
        return Words(known, self.ground.secrets, where)

    def port(self, program: str, instance: str = "1") -> int:
        """The program's port: dealt when it is first asked for, and kept."""
        key = (program, instance)
        with self._lock:
            if key not in self._ports:
                self._ports[key] = self.ground.new_port()
            return self._ports[key]

    def fix_port(self, program: str, instance: str, port: int | None) -> None:
        """Until it is called again, the program's port is one that the caller holds; or none is."""
        key = (program, instance)
        with self._lock:
            if key in self._fixed:
                del self._ports[key]
                self._fixed.remove(key)
            if port is not None:
                if key in self._ports:
                    self.ground.give_back(self._ports[key])
                self._ports[key] = port
                self._fixed.add(key)
                self.ground.note_port(port)

    def url(self, program: str, instance: str) -> str:
        """Where the program listens; empty if nothing ever asked for its port."""
        with self._lock:
            port = self._ports.get((program, instance))
        return f"http://127.0.0.1:{port}" if port else ""

    def close(self) -> None:
        """Give the ports back."""
        for key, port in self._ports.items():
            if key not in self._fixed:
                self.ground.give_back(port)
        self._ports.clear()

    def _process(self, name: str) -> Address:
        """Where `system.process` is: the target's address, or the port that it has or will have."""
        system, _, process = name.partition(".")
        model = self.ground.target.systems[system].processes[process]
        if model.url is not None:
            where = f"{self.ground.target.path}: systems.{name}"
            return Address.of(self.words(where).resolve(model.url))
        if system != self.system:
            raise NotAsked(f"{name} has no address here: this is a twin of {self.system}")
        return Address.of(f"http://127.0.0.1:{self.port(process)}")

    @staticmethod
    def _by_way(address: Callable[[], Address], proxy: str | None) -> Address:
        return address() if proxy is None else address().through(proxy)


def _part(address: Callable[[], Address], part: str) -> str:
    return str(getattr(address(), part))
