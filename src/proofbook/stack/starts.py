"""How one twin starts its programs: overlays, setup, damage, environment, launch."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import psycopg

from proofbook.errors import NoVerdict, StackError
from proofbook.stack.addresses import Address
from proofbook.stack.outcomes import Exited, Finished, Ready, TimedOut
from proofbook.stack.preparations import Changes, Preparations
from proofbook.stack.processes import RunningProcess, run
from proofbook.stack.variants import broken, varied

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from threading import RLock

    from proofbook.stack.controlled import Controlled
    from proofbook.stack.faults import Fault
    from proofbook.stack.ground import Ground
    from proofbook.stack.processes import Launch
    from proofbook.stack.vocabulary import Vocabulary
    from proofbook.targets import Process, System

_NOTHING: Mapping[str, str] = MappingProxyType({})
_SETUP_SECONDS = 120.0
#: How long programs have to end by themselves when their twin does.
_LEAVE_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class Starts:
    """The programs of one twin, running and ended."""

    ground: Ground
    system: System
    fault: Fault | None
    vocabulary: Vocabulary
    #: The twin's: whoever prepares a start may start a service, and the other way round.
    lock: RLock
    _current: dict[tuple[str, str], RunningProcess] = field(default_factory=dict)
    _all: list[RunningProcess] = field(default_factory=list)
    _set_up: set[object] = field(default_factory=set)
    _home: Path | None = None
    #: Whether an operator's command has run: whatever it started is nobody's child.
    has_commanded: bool = False

    def start(
        self, model: Process, where: str, *, instance: str, changes: Changes
    ) -> Ready | Exited | TimedOut:
        """See `Twin.start`."""
        variant = varied(
            model, where=where, release=changes.release, environment=changes.environment
        )
        key = (model.name, instance)
        with self.lock:
            if key in self._current and self._current[key].is_running:
                raise StackError(
                    f"{self._name(model.name, instance)} is running; "
                    "stop it first, or start another instance"
                )
            self.vocabulary.fix_port(model.name, instance, changes.port)
            failed = self._run_setup(variant, where, instance, Changes(instead=changes.instead))
            if failed:
                return failed
            launch = self._launch(variant, where, instance=instance, changes=changes)
            process = self._new(launch)
            self._current[key] = process
        return process.begin()

    def command(
        self,
        model: Process,
        where: str,
        *,
        changes: Changes,
        args: tuple[str, ...],
        within_seconds: float,
    ) -> Finished | TimedOut:
        """See `Twin.command`."""
        variant = varied(
            model, where=where, release=changes.release, environment=changes.environment
        )
        launch = self._launch(variant, where, changes=changes, program=f"commands.{model.name}")
        launch = replace(launch, argv=(*launch.argv, *args))
        self.has_commanded = True
        output = self.ground.new_output(launch.name)
        return run(self.ground.host(launch.image), launch, output, within_seconds)

    def prepared(self, model: Process) -> Launch:
        """One of the system's commands with everything resolved, broken if a fault says so."""
        where = f"{self.ground.target.path}: systems.{self.system.name}.commands.{model.name}"
        program = f"commands.{model.name}"
        launch = self._launch(model, where, changes=Changes(), program=program)
        return replace(launch, name=f"{self.system.name}.{program}")

    def broken(self, program: str, argv: tuple[str, ...]) -> tuple[str, ...]:
        """A command that is no process of the target's, behind the launcher of its fault."""
        if self.fault and self.fault.launcher and self._is_broken(program):
            return (*self.fault.launcher, self.fault.name, "--", *argv)
        return argv

    def service_address(self, role: str, url: str | None) -> Address:
        """Where a service that the target gives a command for will be."""
        where, program = f"{self.ground.target.path}: services.{role}", f"services.{role}"
        words = self.vocabulary.words(where, program=program)
        return Address.of(words.resolve(url or "http://127.0.0.1:{port}"))

    def run_service(self, role: str, model: Process, address: Address) -> Controlled:
        """Start a service that the target gives a command for. Raises `StackError`."""
        where, program = f"{self.ground.target.path}: services.{role}", f"services.{role}"
        model = replace(model, name=program)
        failed = self._run_setup(model, where, "1", Changes())
        if failed:
            raise StackError(f"the setup of the service {role} failed:\n{failed.output}")
        fault = self.fault if self._is_broken(program) else None
        launch = self.preparations().launch(
            broken(model, fault) if fault else model,
            name=role,
            where=where,
            program=program,
            url=address.url,
        )
        process = self._new(launch)
        outcome = process.begin()
        if not isinstance(outcome, Ready):
            raise process.broken(f"the service {role} did not start")
        return process

    def current(self, process: str) -> RunningProcess | None:
        """The first instance of a process as it was last started."""
        return self._current.get((process, "1"))

    def given(self, model: Process, where: str) -> Mapping[str, str]:
        """The variables of a process as the target gives them, resolved."""
        prepared = self.preparations()
        return prepared.launch(model, name=model.name, where=where, program=model.name).given

    def preparations(self) -> Preparations:
        """What every start has in common; makes the home of the twin's programs."""
        with self.lock:
            if self._home is None:
                self._home = self.ground.new_folder(self.system.name)
                (self._home / "tmp").mkdir()
            return Preparations(
                vocabulary=self.vocabulary,
                renamed=self.system.names.env,
                home=self._home,
                root=self.ground.root,
            )

    def close(self) -> None:
        """End every program, and what it left of its session."""
        started = [process for process in self._all if process.was_started]
        for process in started:
            process.dismiss()
        deadline = time.monotonic() + _LEAVE_SECONDS
        for process in started:
            process.bury(max(0.0, deadline - time.monotonic()))
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)

    def _is_broken(self, program: str) -> bool:
        return bool(
            self.fault and (self.fault.system, self.fault.process) == (self.system.name, program)
        )

    def _name(self, program: str, instance: str = "1") -> str:
        return ".".join([self.system.name, program, *([] if instance == "1" else [instance])])

    def _launch(
        self,
        variant: Process,
        where: str,
        *,
        instance: str = "1",
        changes: Changes,
        program: str = "",
    ) -> Launch:
        fault = self.fault if self._is_broken(variant.name) else None
        return self.preparations().launch(
            broken(variant, fault) if fault else variant,
            name=self._name(variant.name, instance),
            where=where,
            program=program or variant.name,
            instance=instance,
            changes=changes,
            # Laid over everything: a check's own variable would undo the fault.
            last=fault.overlay.env if fault else _NOTHING,
        )

    def _new(self, launch: Launch) -> RunningProcess:
        host = self.ground.host(launch.image)
        process = RunningProcess(host, launch, self.ground.new_output(launch.name))
        self._all.append(process)
        return process

    def _run_setup(
        self, variant: Process, where: str, instance: str, changes: Changes
    ) -> Exited | TimedOut | None:
        """
        Run the setup that this twin has not run yet, as the target has it; what failed of it.

        `changes`: the other store, if it is one, that it is run on.
        """
        fault = self.fault if self._is_broken(variant.name) else None
        whole = broken(variant, fault) if fault else variant
        key = (whole.name, whole.cwd, whole.setup, tuple(changes.instead.items()))
        if key in self._set_up:
            return None
        for command in whole.setup:
            launch = self.preparations().launch(
                replace(whole, command=command, ready=None),
                name=f"{self._name(whole.name)}.setup",
                where=where,
                program=whole.name,
                instance=instance,
                changes=changes,
            )
            output = self.ground.new_output(launch.name)
            match run(self.ground.host(launch.image), launch, output, _SETUP_SECONDS):
                case TimedOut() as late:
                    return late
                case Finished(code, text) if code != 0:
                    return Exited(code, text, output.shown)
        self._set_up.add(key)
        if fault and str(fault) not in self._set_up:
            self._damage(fault)
            self._set_up.add(str(fault))
        return None

    def _damage(self, fault: Fault) -> None:
        """Run the fault's statements on the system's store. Raises `NoVerdict` if one fails."""
        if not fault.overlay.sql:
            return
        where = f"{self.ground.target.path}: the fault {fault}"
        words = self.vocabulary.words(where)
        dsn = words.resolve(self.system.sql or f"{{{self.system.store}.url}}")
        try:
            with closing(psycopg.connect(dsn, autocommit=True)) as store:
                for statement in fault.overlay.sql:
                    store.execute(statement.encode())
        except psycopg.Error as error:
            raise NoVerdict(f"{where} did not take hold: {error}".strip()) from None
