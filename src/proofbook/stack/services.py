"""The services of one twin: each is started, or only looked up, when somebody first needs it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, ProofbookError, StackError
from proofbook.stack import warden
from proofbook.stack.addresses import Address
from proofbook.stack.beside import Beside
from proofbook.stack.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import RLock

    from proofbook.stack.controlled import Controlled
    from proofbook.stack.ground import Ground
    from proofbook.stack.postgres import Database, Postgres
    from proofbook.stack.redis import Redis
    from proofbook.targets import Process, Service


@dataclass(slots=True, kw_only=True)
class Services:
    """What the roles of a target stand for in one twin."""

    ground: Ground
    #: The system's name, for those of databases.
    system: str
    #: Whether each service has a server of its own, that can be stopped.
    own: bool
    #: Follows references and fills placeholders, as the twin knows them.
    resolve: Callable[[str], str]
    #: Where a service that the target gives a command for will be; what starts it there.
    place: Callable[[str, str | None], Address]
    run: Callable[[str, Process, Address], Controlled]
    #: The twin's: whoever starts a service may prepare a start, and the other way round.
    lock: RLock
    _addresses: dict[str, Address] = field(default_factory=dict)
    _controlled: dict[str, Controlled] = field(default_factory=dict)
    _servers: list[Postgres | Redis] = field(default_factory=list)
    _databases: list[tuple[Postgres, Database]] = field(default_factory=list)
    _beside: list[Beside] = field(default_factory=list)

    def address(self, role: str) -> Address:
        """Where the service is; starts it if it is ours and does not run yet."""
        with self.lock:
            if role not in self._addresses:
                self._addresses[role] = self._open(role, self.ground.target.services[role])
            return self._addresses[role]

    @property
    def opened(self) -> Mapping[str, Address]:
        """Role → address, of those that were needed so far."""
        with self.lock:
            return dict(self._addresses)

    def controlled(self, role: str) -> Controlled:
        """
        The service, to be stopped or frozen.

        Raises `NotAsked` for one that the target lacks, `StackError` for a server that is shared.
        """
        target = self.ground.target
        if role not in target.services:
            known = ", ".join(target.services) or "none"
            raise NotAsked(
                f"{target.path} has no service {role}; it has: {known}",
                remedy=f"[services.{role}]",
            )
        with self.lock:
            self.address(role)
            if role not in self._controlled:
                raise StackError(
                    f"the server of {role} is shared by every twin of this stack; "
                    "ask for a twin with own_services=True to stop or freeze it"
                )
            return self._controlled[role]

    def close(self) -> None:
        """Drop the twin's databases on a server that goes on; end the twin's own servers."""
        for own in self._servers:
            if own.is_running:
                own.kill()
            self.ground.give_back(own.port)
            warden.release(own.folder)
            shutil.rmtree(own.folder, ignore_errors=True)
        for server, database in self._databases:
            if server not in self._servers and server.is_running:
                server.drop(database)
        for database_elsewhere in self._beside:
            database_elsewhere.drop()

    def _open(self, role: str, service: Service) -> Address:
        if service.provided == "postgres":
            return self._postgres(role, service.database)
        if service.provided == "redis":
            return self._redis(role)
        if service.process and service.process.command:
            return self._program(role, service.process, service.url)
        return self._remote(role, service)

    def _postgres(self, role: str, name: str | None) -> Address:
        if self.own:
            server = self.ground.new_postgres(role)
            self._servers.append(server)
            self._controlled[role] = server
            server.start()
        else:
            server = self.ground.postgres()
        own = name if self.own else None  # others are on a shared one, under this name, too
        database = server.create(own or self.ground.new_name(self.system, role))
        self._databases.append((server, database))
        self.ground.secrets.tell(database.password)
        return Address.of(database.url)

    def _redis(self, role: str) -> Address:
        server = self.ground.new_redis(role)
        self._servers.append(server)
        self._controlled[role] = server
        server.start()
        self.ground.secrets.tell(server.password)
        return Address.of(server.url)

    def _program(self, role: str, process: Process, url: str | None) -> Address:
        address = self._addresses[role] = self.place(role, url)  # its own env may name it
        try:
            self._controlled[role] = self.run(role, process, address)
        except ProofbookError:
            del self._addresses[role]
            raise
        return address

    def _remote(self, role: str, service: Service) -> Address:
        where = f"{self.ground.target.path}: services.{role}"
        if service.url is None:
            raise NotAsked(f"{where} has no address", remedy=f'url = "env:…" in services.{role}')
        address = Address.of(self.resolve(service.url))
        self.ground.secrets.tell(address.password)
        if service.fresh:
            self._beside.append(Beside.make(address.url, where))
            address = Address.of(self._beside[-1].url)
        control = service.process.control if service.process else {}
        self._controlled[role] = Remote(
            name=role,
            url=address.url,
            where=where,
            root=self.ground.root,
            control={word: tuple(map(self.resolve, command)) for word, command in control.items()},
        )
        return address
