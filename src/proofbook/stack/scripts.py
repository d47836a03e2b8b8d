"""
Run a script where a twin is, as a person there would: in a real shell, told nothing but the target.

A script's environment is made from nothing: PATH, LANG, a TMPDIR and a HOME of its own, what the
commands that it needs are told, and of the target's addresses and credentials those that it names.
At a deployment HOME is the folder that the scripts share, so that a resumed run finds it again.

    COREOS_API_URL             where a process is: <SYSTEM>_<PROCESS>_URL
    COREOS_LOGIN_OWNER         the JSON body by which a role logs in
    COREOS_COOKIE_OWNER        a role's `Cookie` header
    COREOS_CREDENTIAL_WORKER   a role's credential; its parts as …_WORKER_PART
    COREOS_SQL                 the address for reading the state

The commands that it needs are programs on its PATH, `<system>-<command>`, and the first of them says
in which folder it runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked
from proofbook.stack import warden
from proofbook.stack.outcomes import Finished, TimedOut
from proofbook.stack.output import Output
from proofbook.stack.processes import NO_PROGRAM, Launch, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proofbook.stack.ground import Ground
    from proofbook.stack.starts import Starts
    from proofbook.targets import System

#: What a fault calls the scripts of a system.
PROCESS = "steps"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is to be run, and what it names."""

    #: As messages and logs call it: `runbooks/coreos/rollback.md:12: step tag-previous`.
    where: str
    #: The shell and its options, before the text.
    shell: tuple[str, ...]
    text: str
    #: Names of variables in it.
    variables: frozenset[str]
    #: Commands of the target that it calls.
    needs: tuple[str, ...] = ()
    within_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripts:
    """The scripts of one twin; they share a folder, in which each finds what the one before left."""

    ground: Ground
    system: System
    starts: Starts

    def see_runnable(self, *programs: str) -> None:
        """Raise `NotAsked` where a page's steps cannot be run as they stand: a program lacks, or a path is another."""
        for program in programs:
            if shutil.which(program) is None:
                raise NotAsked(f"this machine has no {program} to run a step with")
        if self.system.names.paths:
            raise NotAsked("the target has other paths than those that stand in the steps")

    def run(
        self, script: Script, *, given: Mapping[str, str] = _NOTHING, folder: Path | None = None
    ) -> Finished | TimedOut:
        """
        Run a script to its end; `given` are variables that win over the target's.

        At a deployment what it starts lives on; elsewhere it ends with the stack. Raises `NotAsked`
        if the target lacks a command that it needs, or a variable that it names.
        """
        launch = self._launch(script, given, folder or self._folder())
        # Beside the twin's programs and gone with them: what a step prints may be a secret.
        output = Output.new(self.starts.preparations().home, launch.name)
        if self.ground.target.kind == "deployment":
            return _run_apart(launch, output, script.within_seconds)
        return run(self.ground.wards, launch, output, script.within_seconds)

    def _folder(self) -> Path:
        folder = self.starts.preparations().home / "steps"
        folder.mkdir(exist_ok=True)
        return folder

    def _launch(self, script: Script, given: Mapping[str, str], folder: Path) -> Launch:
        needed = [self._needed(name, script.where) for name in script.needs]
        env = self._environment(needed, folder)
        env |= self._named(script, {**env, **given}) | dict(given)
        cwd = needed[0].cwd if needed else folder
        argv = ("env", "-C", str(cwd), *script.shell, script.text)
        return Launch(
            name=f"{self.system.name}.{PROCESS}",
            argv=self.starts.broken(PROCESS, argv),
            cwd=self.ground.root,
            env=env,
            given=given,
            where=script.where,
        )

    def _needed(self, name: str, where: str) -> Launch:
        if name not in self.system.commands:
            key = f"systems.{self.system.name}.commands.{name}"
            raise NotAsked(
                f"{where} needs the command {name}, which {self.ground.target.path} does not give",
                remedy=f'[{key}] command = ["…"]',
            )
        return self.starts.prepared(self.system.commands[name])

    def _environment(self, needed: list[Launch], folder: Path) -> dict[str, str]:
        """What every script is told, with the commands that it needs as programs."""
        plain = self.starts.preparations().environment(_NOTHING)
        lasting = {"HOME": str(folder)} if self.ground.target.kind == "deployment" else {}
        env = {**plain, **lasting}
        programs = folder / ".bin"
        for launch in needed:
            env |= dict(launch.env.items() - plain.items())
            name = launch.name.replace(".commands.", ".").replace(".", "-")
            _write_program(programs / name, launch)
        return {**env, "PATH": f"{programs}{os.pathsep}{env['PATH']}"}

    def _named(self, script: Script, told: Mapping[str, str]) -> dict[str, str]:
        """Those of the target's addresses and credentials that the script names."""
        known = self._known(script.where)
        prefix = _capitals(self.system.name) + "_"
        found = {}
        for name in sorted(script.variables - told.keys()):
            if name in known:
                found[name] = known[name]()
            elif name.startswith(prefix) and not _is_settled(name, script.text):
                raise NotAsked(
                    f"{script.where} names {name}, which {self.ground.target.path} does not give"
                )
        return found

    def _known(self, where: str) -> dict[str, Callable[[], str]]:
        """Name of a variable → how to get its value."""
        words = self.starts.vocabulary.words(where)
        system = self.system
        said = {f"{name}_url": f"{{{system.name}.{name}.url}}" for name in system.processes}
        said |= {f"credential_{role}": text for role, text in system.credentials.items()}
        said |= {"sql": system.sql} if system.sql else {}
        login = system.login
        said |= {f"cookie_{role}": text for role, text in (login.cookies if login else {}).items()}
        found = {name: partial(words.resolve, text) for name, text in said.items()}
        for role, body in (login.bodies if login else {}).items():
            found[f"login_{role}"] = partial(_as_json, body, words.resolve)
        return {_capitals(f"{system.name}_{name}"): get for name, get in found.items()}


def _is_settled(name: str, text: str) -> bool:
    """Whether a script sets a variable itself, or says what holds, or what to say, where it is unset."""
    return bool(re.search(rf"\b{name}=|\$\{{{name}:?[-=?+]", text))


def _capitals(name: str) -> str:
    return name.upper().replace(".", "_").replace("-", "_")


def _as_json(body: Mapping[str, object], resolve: Callable[[str], str]) -> str:
    """A login's body, references and placeholders resolved."""
    said = {k: resolve(text) if isinstance(text, str) else text for k, text in body.items()}
    return json.dumps(said)


def _write_program(path: Path, launch: Launch) -> None:
    """A program that is another's command; what that is told, the shell that calls it is told."""
    path.parent.mkdir(exist_ok=True)
    command = shlex.join(launch.argv)
    path.write_text(f'#!/bin/sh\ncd {shlex.quote(str(launch.cwd))} && exec {command} "$@"\n')
    path.chmod(0o700)


def _run_apart(launch: Launch, output: Output, within_seconds: float) -> Finished | TimedOut:
    """Run a script that no warden owns: what it leaves behind is meant to stay."""
    with output.path.open("ab") as log:
        try:
            process = subprocess.Popen(
                launch.argv,
                cwd=launch.cwd,
                env=launch.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Called from the main thread only, at whose end the shell is to go, too.
                preexec_fn=partial(warden.die_with_parent, os.getpid()),  # noqa: PLW1509
            )
        except OSError as error:
            output.append(f"proofbook: {error}")
            return Finished(NO_PROGRAM, output.text())
        try:
            return Finished(process.wait(within_seconds), output.text())
        except subprocess.TimeoutExpired:
            return TimedOut(output.text())
        finally:
            if process.returncode is None:  # too late, or somebody interrupted it
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
