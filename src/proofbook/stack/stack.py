"""Everything that runs for a target, and everything that is read from it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from proofbook.errors import NotAsked, NoVerdict, WrongPlace
from proofbook.stack import readings
from proofbook.stack.addresses import Address
from proofbook.stack.ground import Ground
from proofbook.stack.outcomes import Ready
from proofbook.stack.twins import Twin
from proofbook.stack.vocabulary import Vocabulary
from proofbook.targets import placeholders, reference
from proofbook.targets.places import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proofbook.stack.faults import Fault
    from proofbook.stack.postgres import Postgres
    from proofbook.targets import Process, Reading, Target


class Stack:
    """
    One target's twins, for one run or one of its workers; a context manager.

    Nothing is started until a twin asks for it. `logs` receives a file for every program's start;
    `fault` is laid over each start of the process that it breaks.
    """

    def __init__(
        self, target: Target, *, root: Path, logs: Path, fault: Fault | None = None
    ) -> None:
        self.target = target
        self._ground = Ground(target, root=root, logs=logs)
        self._fault = fault
        self._vocabulary = Vocabulary(ground=self._ground, system="", service=self._service)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def twin(self, system: str, *, own_services: bool = False) -> Twin:
        """
        A new copy of a system, to be used in a `with`.

        Its databases are its own, on a server that the stack's twins share; with `own_services`,
        the servers are its own, too, and may be stopped, frozen and killed. Raises `NotAsked` if
        the target lacks the system.
        """
        if system not in self.target.systems:
            known = ", ".join(self.target.systems) or "none"
            raise NotAsked(
                f"{self.target.path} has no system {system}; it has: {known}",
                remedy=f"[systems.{system}]",
            )
        self._ground.see_needs()
        return Twin(
            self._ground,
            self.target.systems[system],
            fault=self._fault,
            own_services=own_services,
        )

    def new_data(self, name: str) -> Path:
        """An empty folder that goes with the stack, for data: in memory, if there is room."""
        return self._ground.new_data(name)

    def server(
        self,
        name: str,
        *,
        folder: Path,
        settings: Mapping[str, str] = MappingProxyType({}),
        data: Path | None = None,
    ) -> Postgres:
        """A PostgreSQL that belongs to no twin, not started yet; `data`: on a data folder that is there."""
        return self._ground.new_postgres(name, settings=settings, folder=folder, data=data)

    def forget(self, server: Postgres) -> None:
        """End a server of `server`, and let its port be dealt again; its folder stays."""
        if server.is_running:
            server.kill()
        self._ground.give_back(server.port)

    def hide(self, secret: str) -> None:
        """Let a secret be redacted that the target does not name."""
        self._ground.secrets.tell(secret)

    def secrets(self) -> frozenset[str]:
        """Every secret value resolved so far, for redaction."""
        return self._ground.secrets.seen

    def addresses(self) -> frozenset[tuple[str, int]]:
        """
        Host and port of every address that the target names, and of every program started here.

        This machine is `127.0.0.1`; a reference that leads nowhere names no address.
        """
        named = {place for text in self.target.addresses for place in self._places(text)}
        dealt = {("127.0.0.1", port) for port in self._ground.dealt}
        return frozenset({_host_and_port(place) for place in named} | dealt)

    def read(self, reading: Reading, *, base: str | None = None) -> str:
        """
        One fact of the deployment; `base` stands before a path.

        Where the reading names a process that is ours to start, a twin is started for it. Raises
        `NoVerdict` if it cannot be read.
        """
        ours = self._started_for(reading)
        if ours is None:
            return self._read(reading, base or "", self._resolve)
        system, process = ours
        with self.twin(system) as twin:
            outcome = twin.start(process)
            if not isinstance(outcome, Ready):
                raise NoVerdict(f"{system}.{process} did not start: {outcome.output[-500:]!r}")
            return self._read(reading, base or outcome.process.url, twin.resolve)

    def releases(self) -> dict[str, str]:
        """
        Component → revision, for each whose release the target says how to read.

        Components are those of the target's `release`, and `system.process` for a process's own.
        Raises `NoVerdict` naming the first that cannot be read.
        """
        found: dict[str, str] = {}
        try:
            self._ground.see_needs()
        except NotAsked:
            return found  # nothing is going to be asked: there is nothing that a release could be proved of
        for component, reading in self.target.release.items():
            found[component] = self._release(component, reading, None)
        for system in self.target.systems.values():
            for process in system.processes.values():
                component = f"{system.name}.{process.name}"
                if process.release:
                    found[component] = self._release(component, process.release, process)
        return found

    def check_identity(self) -> None:
        """
        See that this is the place that the target means, and none that another target protects.

        Raises `WrongPlace` if it says otherwise, `NoVerdict` if it says nothing.
        """
        self._check_protection()
        identity = self.target.identity
        if identity is None:
            return
        read = self.read(identity.reading)
        if read != identity.equals:
            raise WrongPlace(
                f"{self.target.path}: identity is {read!r} here, not {identity.equals!r}: "
                "this is not the place that the target means; nothing was done"
            )

    def _check_protection(self) -> None:
        """References lead where no file says: only now can they be compared."""
        named = {place for text in self.target.addresses for place in self._places(text)}
        for text, file in self.target.off_limits.items():
            for place in sorted(named & self._places(text)):
                raise WrongPlace(
                    f"{self.target.path}: {place} is protected by {file}; "
                    "this target permits more than to look there; nothing was done"
                )

    def close(self) -> None:
        """End everything that was started; the logs stay."""
        self._ground.close()

    def _release(self, component: str, reading: Reading, process: Process | None) -> str:
        try:
            if process is None:
                return self.read(reading)
            if process.url is not None:
                return self.read(reading, base=self._resolve(process.url).rstrip("/"))
            if reading.http is not None and reading.http.startswith("/"):
                reading = replace(reading, http=f"{{{component}.url}}{reading.http}")
            return self.read(reading)
        except NoVerdict as why:
            raise NoVerdict(
                f"{self.target.path}: the release of {component} cannot be read: {why}"
            ) from None

    def _started_for(self, reading: Reading) -> tuple[str, str] | None:
        """The process of ours that a reading asks, by `{system.process.url}`."""
        for name in placeholders(reading.http or ""):
            system, _, process = name.rpartition(".")[0].partition(".")
            if process and self.target.systems[system].processes[process].command:
                return system, process
        return None

    def _read(self, reading: Reading, base: str, resolve: Callable[[str], str]) -> str:
        return readings.read(reading, base=base, root=self._ground.root, resolve=resolve)

    def _resolve(self, text: str) -> str:
        """A string of the target outside any twin: services of ours have no address there."""
        return self._vocabulary.words(self.target.path).resolve(text)

    def _service(self, role: str) -> Address:
        service = self.target.services[role]
        if service.url is None or service.provided or (service.process and service.process.command):
            raise NotAsked(f"{role} is started for each twin: it has no address outside one")
        return Address.of(self._resolve(service.url))

    def _places(self, text: str) -> frozenset[str]:
        if reference(text) is None:
            return frozenset({text})
        try:
            return addresses(self._ground.secrets.follow(text, self.target.path) or "")
        except NotAsked:
            return frozenset()


def _host_and_port(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host, int(port)
