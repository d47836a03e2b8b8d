"""What a check can do to a program or a service, whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Controlled(Protocol):
    """
    A program of ours, a service of ours, or a process elsewhere with commands to control it.

    Whatever the target gives no means for raises `NotAsked`.
    """

    @property
    def name(self) -> str:
        """As messages and logs call it: `coreos.api`, `store`."""

    @property
    def url(self) -> str:
        """Where it is reached. Raises `NotAsked` if it has no address."""

    @property
    def pid(self) -> int:
        """Its process on this machine; after a restart, the new one."""

    @property
    def container(self) -> str | None:
        """The container that it runs in; `None` on this machine itself."""

    @property
    def env(self) -> Mapping[str, str]:
        """What it was given, by the contract's names."""

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""

    def output(self) -> str:
        """All that it wrote, also before a restart."""

    def lines(self) -> list[str]:
        """The complete lines of its output."""

    def wait_for_line(self, pattern: str, within_seconds: float, after: int = 0) -> str:
        """
        The first line from line `after` (from 0) on in which `pattern` is found.

        Raises `NoVerdict` with the last line seen, if none comes in time or it ends without one.
        """

    def wait(self, within_seconds: float) -> int | None:
        """Its exit code, `None` if it still runs after so long."""

    def terminate(self) -> None:
        """Ask it to end (SIGTERM, to it alone), and do not wait."""

    def kill(self) -> None:
        """End it and all that it started without warning; return when it is gone."""

    def freeze(self) -> None:
        """Stop it and all that it started from running on (SIGSTOP)."""

    def thaw(self) -> None:
        """Let it run on (SIGCONT)."""

    def stop(self) -> None:
        """Ask it to end, see that it does, and return when it is gone."""

    def start(self) -> None:
        """Start it again: same port, same data, same environment; return when it is ready."""
