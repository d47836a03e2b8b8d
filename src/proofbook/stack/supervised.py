"""A program that this stack runs: what programs of a system, databases and caches have in common."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, StackError
from proofbook.stack.outcomes import telling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.stack.containers import Containers
    from proofbook.stack.output import Output
    from proofbook.stack.wards import Order, Ward, Wards

#: How long a program has to end after it was asked to, before it is made to.
STOP_SECONDS = 10.0
#: SIGKILL and SIGSTOP are not negotiable; only a kernel that is busy takes time over them.
_SIGNAL_SECONDS = 30.0
_POLL_SECONDS = 0.005
#: States of `/proc/<pid>/stat`; what is gone, or waits to be reaped, can do nothing any more.
_GONE = "ZX"
_STOPPED = f"Tt{_GONE}"


class Supervised:
    """A `Controlled` whose process is ours; a subclass says how it is known to be ready."""

    #: What asks the program to end when it is stopped.
    _farewell: int = signal.SIGTERM

    def __init__(
        self,
        wards: Wards | Containers,
        order: Order,
        output: Output,
        *,
        url: str = "",
        env: Mapping[str, str],
    ) -> None:
        self._wards = wards
        self._order = order
        self._output = output
        self._url = url
        self._env = env
        self._ward: Ward | None = None

    @property
    def name(self) -> str:
        """As messages and logs call it."""
        return self._order.name

    @property
    def url(self) -> str:
        """Where it is reached; see `Controlled`."""
        if not self._url:
            raise NotAsked(f"{self.name} has no address: nothing in the target gives it a {{port}}")
        return self._url

    @property
    def pid(self) -> int:
        """Its process; after a restart, the new one."""
        return self._started().pid

    @property
    def container(self) -> str | None:
        """The container that it runs in; `None` on this machine itself."""
        return self._started().container

    @property
    def env(self) -> Mapping[str, str]:
        """What it was given, by the contract's names."""
        return self._env

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._ward is not None and self._ward.is_running

    @property
    def was_started(self) -> bool:
        """Whether there ever was a process."""
        return self._ward is not None

    def output(self) -> str:
        """All that it wrote, also before a restart."""
        return self._output.text()

    def lines(self) -> list[str]:
        """The complete lines of its output."""
        return self._output.lines()

    def wait_for_line(self, pattern: str, within_seconds: float, after: int = 0) -> str:
        """See `Controlled`."""
        return self._output.wait_for_line(
            pattern, within_seconds, after, is_running=lambda: self.is_running
        )

    def wait(self, within_seconds: float) -> int | None:
        """Its exit code, `None` if it still runs after so long."""
        return self._started().wait(within_seconds)

    def terminate(self) -> None:
        """Ask it to end, and do not wait."""
        self._started().signal(signal.SIGTERM, family=False)

    def kill(self) -> None:
        """End it and all that it started without warning."""
        self.bury(0)

    def freeze(self) -> None:
        """Stop it and all that it started from running on; return when nothing does."""
        reached = self._started().signal(signal.SIGSTOP, family=True)
        self._await_states(reached, _STOPPED)

    def thaw(self) -> None:
        """Let it run on."""
        self._started().signal(signal.SIGCONT, family=True)

    def stop(self) -> None:
        """Ask it to end, and make it after `STOP_SECONDS`."""
        self.dismiss()
        self.bury(STOP_SECONDS)

    def start(self) -> None:
        """Start it again and wait until it is ready. Raises `StackError` with its last words."""
        raise NotImplementedError

    def launch(self) -> Ward:
        """Start the program, its output appended to that of an earlier start."""
        self._ward = self._wards.start(self._order)
        return self._ward

    def tail(self) -> str:
        """Its last words and the path of its log, for a message."""
        return self._output.tail()

    @property
    def log(self) -> str:
        """The file of its output, as a person here would type it."""
        return self._output.shown

    def broken(self, message: str) -> StackError:
        """What to raise of it: a message, followed by its last words."""
        return StackError(
            f"{message}:\n{self.tail()}",
            brief=f"{message}: {telling(self.output())}",
            remedy=f"read {self.log}",
        )

    def dismiss(self) -> None:
        """Ask it to end, also if it is frozen, and do not wait."""
        ward = self._started()
        ward.signal(self._farewell, family=False)
        ward.signal(signal.SIGCONT, family=True)  # a frozen one would not hear of it

    def bury(self, within_seconds: float) -> None:
        """See that it is gone with all that it started: by itself so long, by SIGKILL then."""
        ward = self._started()
        ward.wait(within_seconds)
        self._await_states(ward.signal(signal.SIGKILL, family=True), _GONE)
        ward.wait(_SIGNAL_SECONDS)

    def _await_states(self, pids: list[int], wanted: str) -> None:
        """Wait until the kernel has done what a signal asks of each process."""
        deadline = time.monotonic() + _SIGNAL_SECONDS
        while left := [pid for pid in pids if _state(pid) not in wanted]:
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name}: the kernel holds process {left[0]}: no signal ends it"
                )
            time.sleep(_POLL_SECONDS)

    def _started(self) -> Ward:
        if self._ward is None:
            raise StackError(f"{self.name} has not been started")
        return self._ward


def _state(pid: int) -> str:
    """The process's state; `X` where there is no such process any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
