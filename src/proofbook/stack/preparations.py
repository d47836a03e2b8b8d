"""
Turn a process of the target into a program that can be started: everything resolved.

A program's environment is made from nothing: PATH and LANG (`C.UTF-8`), a HOME and a TMPDIR of the
twin's own, and what the target and the check give it, by the program's own names. Nothing else of
the runner's environment reaches it, neither secrets nor PYTHONPATH. Where the suite brings a
PostgreSQL, its programs stand first on PATH: an older pg_dump refuses to dump a newer server.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked
from proofbook.stack import programs
from proofbook.stack.docker import told
from proofbook.stack.processes import Launch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from proofbook.stack.vocabulary import Vocabulary
    from proofbook.stack.words import Words
    from proofbook.targets import Process, Target

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one start wants otherwise than the target says; names are the contract's."""

    env: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    without: Collection[str] = ()
    release: str | None = None
    environment: str | None = None
    port: int | None = None
    #: Role, or `system.process` → `host:port` of a proxy to be put before it.
    through: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Role → address of what takes the place of the target's: a restored copy.
    instead: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def __str__(self) -> str:
        """For a message: what cannot be had of a process that is only an address."""
        named = [
            *(f"with {name}" for name in self.env),
            *(f"without {name}" for name in self.without),
        ]
        named += [f"as release {self.release}"] if self.release else []
        named += [f"in environment {self.environment}"] if self.environment else []
        named += [f"on port {self.port}"] if self.port else []
        named += [f"with {name} behind a proxy" for name in self.through]
        named += [f"on another {name}" for name in self.instead]
        return ", ".join(named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparations:
    """What every start of one twin has in common."""

    vocabulary: Vocabulary
    #: Contract's name of a variable → the implementation's own.
    renamed: Mapping[str, str]
    #: A folder of the twin's own, for HOME and TMPDIR.
    home: Path
    root: Path

    def launch(  # noqa: PLR0913 - by keyword: the process in two states, who it is, what differs
        self,
        process: Process,
        *,
        name: str,
        where: str,
        program: str,
        instance: str = "1",
        changes: Changes = Changes(),
        last: Mapping[str, str] = _NOTHING,
        url: str = "",
    ) -> Launch:
        """
        The process with everything resolved; `last` are variables of a fault, which always win.

        `url` is where it is reached, if that is not HTTP on its port.

        Raises `NotAsked` if a proxy is to be put before something that the process never names, or
        another take its place.
        """
        words = self.vocabulary.words(
            where,
            program=program,
            instance=instance,
            through=changes.through,
            instead=changes.instead,
        )
        given = self._given(process, words, changes, last)
        argv = tuple(words.filled(word) for word in process.command or ())
        cwd = self.root / words.filled("" if process.image else process.cwd or "{root}")
        workdir = words.filled(process.cwd or "") if process.image else ""
        ready = process.ready
        if ready and ready.http:
            ready = replace(ready, http=words.filled(ready.http))
            if ready.http and ready.http.startswith("/"):
                self.vocabulary.port(program, instance)
        _see_through(changes.through, words, where)
        _see_instead(changes.instead, words, where)
        return Launch(
            name=name,
            argv=argv,
            cwd=cwd,
            env=self._own(given) if process.image else self.environment(given),
            given=given,
            url=url or self.vocabulary.url(program, instance),
            ready=ready,
            where=where,
            control={
                word: tuple(map(words.filled, command)) for word, command in process.control.items()
            },
            image=tuple(map(words.filled, process.image)),
            workdir=workdir,
            twin=self.vocabulary.twin,
        )

    def _given(
        self, process: Process, words: Words, changes: Changes, last: Mapping[str, str]
    ) -> Mapping[str, str]:
        left_out = {*changes.without, *changes.env, *last}
        said = {n: words.resolve(text) for n, text in process.env.items() if n not in left_out}
        wanted = {n: words.filled(text) for n, text in changes.env.items()}
        kept = {n: text for n, text in wanted.items() if n not in changes.without}
        broken = {n: words.resolve(text) for n, text in last.items()}
        return MappingProxyType({**said, **kept, **broken})

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """A program's whole environment, by its own names."""
        target = self.vocabulary.ground.target
        return {
            "PATH": _path(target),
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            **(told() if "docker" in target.needs else {}),
            **self._own(given),
        }

    def _own(self, given: Mapping[str, str]) -> dict[str, str]:
        return {self.renamed.get(name, name): value for name, value in given.items()}


def _path(target: Target) -> str:
    path = os.environ.get("PATH", os.defpath)
    brings = any(service.provided == "postgres" for service in target.services.values())
    return f"{programs.postgres()}{os.pathsep}{path}" if brings else path


def _see_through(through: Mapping[str, str], words: Words, where: str) -> None:
    for name in through:
        if not any(asked.startswith(f"{name}.") for asked in words.asked):
            raise NotAsked(
                f"{where} is given no {{{name}.url}}: no proxy can be put before {name}",
                remedy=f"{{{name}.url}} in the env of {where}",
            )


def _see_instead(instead: Mapping[str, str], words: Words, where: str) -> None:
    """What is told an address that stands as it is would run on that, and not on the copy."""
    for name in instead:
        if not any(asked.startswith(f"{name}.") for asked in words.asked):
            raise NotAsked(
                f"{where} is given no {{{name}.url}}: it cannot be started on another {name}",
                remedy=f"{{{name}.url}} in the env of {where}",
            )
