"""Processes and services that already run somewhere: an address, and perhaps commands for them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, NoVerdict
from proofbook.stack.readings import tools_env

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A `Controlled` that others run: what can be done to it is what the target has commands for."""

    name: str
    url: str
    #: The target file and the table, as messages name them.
    where: str
    #: `start`, `stop`, `kill`, `freeze`, `thaw`, `logs` → the resolved command.
    control: Mapping[str, tuple[str, ...]]
    root: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        """Unknown: not asked."""
        raise self._lacks("is not our process: its number is not known")

    @property
    def container(self) -> str | None:
        """Unknown: not asked."""
        raise self._lacks("is not our process: what it runs in is not known")

    @property
    def is_running(self) -> bool:
        """Unknown: not asked."""
        raise self._lacks("is not our process: whether it runs cannot be seen")

    def output(self) -> str:
        """What `control.logs` prints."""
        return self._run("logs")

    def lines(self) -> list[str]:
        """The complete lines of that."""
        return self.output().split("\n")[:-1]

    def wait_for_line(self, pattern: str, within_seconds: float, after: int = 0) -> str:
        """Not asked: its log is not at hand while it is written."""
        del within_seconds, after
        raise self._lacks(f"is not our process: it cannot be watched for {pattern!r}")

    def wait(self, within_seconds: float) -> int | None:
        """Not asked: whose child it is, knows its end."""
        del within_seconds
        raise self._lacks("is not our process: its end cannot be seen")

    def terminate(self) -> None:
        """Run `control.stop`."""
        self._run("stop")

    def kill(self) -> None:
        """Run `control.kill`."""
        self._run("kill")

    def freeze(self) -> None:
        """Run `control.freeze`."""
        self._run("freeze")

    def thaw(self) -> None:
        """Run `control.thaw`."""
        self._run("thaw")

    def stop(self) -> None:
        """Run `control.stop`."""
        self._run("stop")

    def start(self) -> None:
        """Run `control.start`."""
        self._run("start")

    def _run(self, word: str) -> str:
        if word not in self.control:
            raise NotAsked(
                f"{self.where} runs elsewhere and has no control.{word}",
                remedy=f'control.{word} = ["…"] in {self.where}',
            )
        return run_control(word, self.control[word], where=self.where, root=self.root)

    def _lacks(self, what: str) -> NotAsked:
        return NotAsked(f"{self.where} {what}")


def run_control(word: str, command: tuple[str, ...], *, where: str, root: Path) -> str:
    """Run a command of `control`; what it printed. Raises `NoVerdict` if it fails."""
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=root,
            env=tools_env(),
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoVerdict(f"{where}: control.{word} cannot be run: {error}") from None
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip()[-200:]
        raise NoVerdict(f"{where}: control.{word} ended with code {ran.returncode}: {said!r}")
    return ran.stdout
