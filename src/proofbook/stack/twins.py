"""A disposable copy of one system: started for a check, and gone after it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from proofbook.errors import NotAsked, StackError
from proofbook.stack.addresses import Address
from proofbook.stack.outcomes import Ready
from proofbook.stack.preparations import Changes
from proofbook.stack.remote import Remote
from proofbook.stack.scripts import Scripts
from proofbook.stack.services import Services
from proofbook.stack.starts import Starts
from proofbook.stack.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from proofbook.stack.controlled import Controlled
    from proofbook.stack.faults import Fault
    from proofbook.stack.ground import Ground
    from proofbook.stack.outcomes import Exited, Finished, TimedOut
    from proofbook.targets import Process, System

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Twin:
    """
    One system of a target, with services of its own to be started on.

    A context manager: at its end all that it started is gone, and its databases are dropped. May be
    used from several threads.
    """

    def __init__(
        self, ground: Ground, system: System, *, fault: Fault | None, own_services: bool
    ) -> None:
        self.system = system
        self._ground = ground
        self._fault = fault if fault and fault.system == system.name else None
        self._lock = RLock()
        # Services and starts need each other: lambdas, since the starts are made last.
        self._services = Services(
            ground=ground,
            system=system.name,
            own=own_services,
            lock=self._lock,
            resolve=self.resolve,
            place=lambda role, url: self._starts.service_address(role, url),  # noqa: PLW0108
            run=lambda role, model, at: self._starts.run_service(role, model, at),  # noqa: PLW0108
        )
        self._vocabulary = Vocabulary(
            ground=ground,
            system=system.name,
            service=self._services.address,
            twin=ground.new_twin(),
            home=lambda: str(self._starts.preparations().home),
        )
        self._starts = Starts(
            ground=ground,
            system=system,
            fault=self._fault,
            vocabulary=self._vocabulary,
            lock=self._lock,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(  # noqa: PLR0913 - what a contract's claim may ask of a start, each by keyword
        self,
        process: str,
        *,
        instance: str = "1",
        env: Mapping[str, str] = _NOTHING,
        without: Collection[str] = (),
        release: str | None = None,
        environment: str | None = None,
        port: int | None = None,
        through: Mapping[str, str] = _NOTHING,
        instead: Mapping[str, str] = _NOTHING,
    ) -> Ready | Exited | TimedOut:
        """
        Start a process of the contract and wait until it is ready; a refusal to start is a value.

        `env` and `without` speak the contract's names; values may hold placeholders. `port` is one
        that the caller holds (`ports.fixed`). `through` puts a proxy (`host:port`) before a role or
        a `system.process`; `instead` gives it, and its setup, another address for a role: that of a
        restored copy. A process that is an address is `Ready` as it is.

        Raises `NotAsked` for what the target does not have, `StackError` if that instance runs.
        """
        changes = Changes(
            env=env,
            without=without,
            release=release,
            environment=environment,
            port=port,
            through=through,
            instead=instead,
        )
        model, where = self._model("processes", process), self._where(process)
        self._refuse_absent(changes)
        if model.command is None:
            return Ready(self._remote(model, where, changes))
        return self._starts.start(model, where, instance=instance, changes=changes)

    def command(  # noqa: PLR0913 - as `start`
        self,
        name: str,
        *args: str,
        env: Mapping[str, str] = _NOTHING,
        without: Collection[str] = (),
        release: str | None = None,
        environment: str | None = None,
        through: Mapping[str, str] = _NOTHING,
        within: timedelta = timedelta(seconds=120),
    ) -> Finished | TimedOut:
        """Run an operator's command of the contract to its end; `args` come after its own."""
        changes = Changes(
            env=env, without=without, release=release, environment=environment, through=through
        )
        model, where = self._model("commands", name), self._where(f"commands.{name}")
        self._refuse_absent(changes)
        return self._starts.command(
            model, where, changes=changes, args=args, within_seconds=within.total_seconds()
        )

    @property
    def name(self) -> str:
        """What it calls what is shared on this machine: `{twin}` in the target."""
        return self._vocabulary.twin

    @property
    def needs(self) -> tuple[str, ...]:
        """What the target needs of this machine."""
        return self._ground.target.needs

    @property
    def scripts(self) -> Scripts:
        """What a person here would copy into a shell."""
        return Scripts(ground=self._ground, system=self.system, starts=self._starts)

    def env(self, process: str) -> Mapping[str, str]:
        """What the target gives a process, resolved, by the contract's names."""
        return self._starts.given(self._model("processes", process), self._where(process))

    def address(self, name: str) -> Address:
        """Where a role (`store`) or a process (`coreos.api`) is, or will be once it is started."""
        words = self._vocabulary.words(self._ground.target.path)
        return Address.of(words.filled(f"{{{name}.url}}"))

    def opened(self) -> Mapping[str, Address]:
        """Role → address of the services that something has needed so far."""
        return self._services.opened

    def resolve(self, text: str) -> str:
        """A string of the target, such as a login's: its reference followed, or its words filled in."""
        return self._vocabulary.words(self._place).resolve(text)

    def dsn(self) -> str:
        """What reads the tables that hold its state. Raises `NotAsked` where the target gives none."""
        return self.resolve(self._given("sql", self.system.sql, "its tables cannot be read"))

    def file(self, name: str) -> Path:
        """A file or folder that the contract speaks of; a fault may put another in its place."""
        where = self._where(f"files.{name}")
        damaged = self._fault.overlay.files if self._fault else _NOTHING
        files = {**self.system.files, **damaged}
        if name not in files:
            raise NotAsked(f"{where} is not given", remedy=f'files.{name} = "…"')
        return self._ground.root / self._vocabulary.words(where).filled(files[name])

    def service(self, role: str) -> Controlled:
        """A service, to be stopped, frozen or killed; see `own_services` of `Stack.twin`."""
        return self._services.controlled(role)

    @property
    def store_role(self) -> str:
        """What the target calls that which holds the state. Raises `NotAsked` where it does not say."""
        return self._given("store", self.system.store, "what holds the state is not known")

    def store(self) -> Controlled:
        """The service or the process that holds the system's state."""
        name = self.store_role
        if name in self._ground.target.services:
            return self._services.controlled(name)
        current = self._starts.current(name)
        if current:
            return current
        outcome = self.start(name)
        if isinstance(outcome, Ready):
            return outcome.process
        raise StackError(f"{self.system.name}.{name} did not start:\n{outcome.output}")

    def close(self) -> None:
        """End every program of the twin, drop its databases, give its ports back."""
        with self._lock, ExitStack() as last:
            last.callback(self._vocabulary.close)
            last.callback(self._services.close)
            if self._starts.has_commanded:  # its own containers go with its programs
                last.callback(self._ground.sweep, self._vocabulary.twin)
            self._starts.close()

    def _model(self, kind: str, name: str) -> Process:
        known = self.system.processes if kind == "processes" else self.system.commands
        if name not in known:
            listed = ", ".join(known) or "none"
            raise NotAsked(f"{self._place} has no {name} among its {kind}; it has: {listed}")
        return known[name]

    @property
    def _place(self) -> str:
        return f"{self._ground.target.path}: systems.{self.system.name}"

    def _where(self, key: str) -> str:
        return f"{self._place}.{key}"

    def _given(self, key: str, said: str | None, unknown: str) -> str:
        if said is None:
            raise NotAsked(f"{self._where(key)} is not given: {unknown}", remedy=f'{key} = "…"')
        return said

    def _refuse_absent(self, changes: Changes) -> None:
        for name in (*changes.env, *changes.without):
            if name in self.system.absent:
                raise NotAsked(f"{self._where('absent')} says that it has no {name}")

    def _remote(self, model: Process, where: str, changes: Changes) -> Remote:
        if model.url is None:
            raise NotAsked(f"{where} has neither a url nor a command")
        if str(changes):
            raise NotAsked(f"{where} is an address: it cannot be started anew {changes}")
        return Remote(
            name=f"{self.system.name}.{model.name}",
            url=self.resolve(model.url).rstrip("/"),
            where=where,
            root=self._ground.root,
            control={
                word: tuple(map(self.resolve, command)) for word, command in model.control.items()
            },
        )
