"""Start a program of a system, wait until it is ready, and say what became of it."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from proofbook.stack.outcomes import Exited, Finished, Ready, TimedOut
from proofbook.stack.remote import run_control
from proofbook.stack.supervised import STOP_SECONDS, Supervised
from proofbook.stack.wards import Order, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.stack.containers import Containers
    from proofbook.stack.output import Follower, Output
    from proofbook.stack.wards import Ward, Wards
    from proofbook.targets import Ready as Readiness

#: What a shell says where there is no such program.
NO_PROGRAM = 127

#: A process of which the target does not say when it is ready is, if it still runs after this.
_UNSAID_SECONDS = 1.0
_POLL_SECONDS = 0.02
_ANSWER_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All that is needed to start a program; everything is resolved."""

    #: As logs and messages call it: `coreos.api`.
    name: str
    argv: tuple[str, ...]
    cwd: Path
    #: The whole environment of the program, by its own names.
    env: Mapping[str, str]
    #: What the target and the check gave it, by the contract's names.
    given: Mapping[str, str]
    #: Where it listens; empty where it does not.
    url: str = ""
    #: How it is known to be ready; `None`: it still runs after a second.
    ready: Readiness | None = None
    #: The target file and the table, as messages name them.
    where: str = ""
    #: `stop`, `kill`, `freeze`, `thaw` → what does it, where a signal to the program does not: it
    #: only speaks for one that somebody else runs (`docker run`).
    control: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The names of the image that it runs in, its folder there, and the twin; none: on this machine.
    image: tuple[str, ...] = ()
    workdir: str = ""
    twin: str = ""

    def order(self, output: Output) -> Order:
        """What the warden, or Docker, is told."""
        return Order(
            name=self.name,
            argv=self.argv,
            cwd=self.cwd,
            env=self.env,
            output=output.path,
            image=self.image,
            workdir=self.workdir,
            twin=self.twin,
        )


class RunningProcess(Supervised):
    """A program of a system, started from its target."""

    def __init__(self, wards: Wards | Containers, launch: Launch, output: Output) -> None:
        super().__init__(wards, launch.order(output), output, url=launch.url, env=launch.given)
        self._readiness = launch.ready
        self._launch = launch

    def begin(self) -> Ready | Exited | TimedOut:
        """Start it; what is not ready in the end no longer runs."""
        seen = len(self.lines())
        try:
            ward = self.launch()
        except Refused as refusal:
            self._output.append(f"proofbook: {refusal}")
            return Exited(NO_PROGRAM, self.output(), self.log)
        is_ready = self._await_ready(ward, self._output.follow(seen))
        if ward.code is not None:
            ward.signal(signal.SIGKILL, family=True)
            return Exited(ward.code, self.output(), self.log)
        if not is_ready:
            self.kill()
            return TimedOut(self.output(), self.log)
        return Ready(self)

    def start(self) -> None:
        """Start it again as it was started before."""
        if self.is_running:
            return
        outcome = self.begin()
        if not isinstance(outcome, Ready):
            raise self.broken(f"{self.name} did not start again")

    def stop(self) -> None:
        """Ask it to end, by a signal or by the target's command, and see that it does."""
        if self._by_command("stop"):
            self.bury(STOP_SECONDS)
        else:
            super().stop()

    def kill(self) -> None:
        """End it and all that it started without warning."""
        if self._by_command("kill"):
            self.bury(STOP_SECONDS)
        else:
            super().kill()

    def freeze(self) -> None:
        """Stop it and all that it started from running on."""
        if not self._by_command("freeze"):
            super().freeze()

    def thaw(self) -> None:
        """Let it run on."""
        if not self._by_command("thaw"):
            super().thaw()

    def _by_command(self, word: str) -> bool:
        command = self._launch.control.get(word)
        if command:
            run_control(word, command, where=self._launch.where, root=self._launch.cwd)
        return command is not None

    def _await_ready(self, ward: Ward, log: Follower) -> bool:
        """Whether it became ready in time and still runs."""
        ready = self._readiness
        if ready is None:
            return ward.wait(_UNSAID_SECONDS) is None
        seconds = ready.within.total_seconds()
        if ready.running_for is not None:
            return ward.wait(ready.running_for.total_seconds()) is None
        deadline = time.monotonic() + seconds
        # Reading this machine's certificates takes longer than most programs take to start.
        is_https = self._address(ready).startswith("https:")
        with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS, verify=is_https) as client:
            while time.monotonic() < deadline:
                if self._shows(ready, client, log):
                    return ward.wait(0) is None
                if ward.wait(_POLL_SECONDS) is not None:
                    return False
        return False

    def _address(self, ready: Readiness) -> str:
        """Where it answers when it is ready; empty if a line of its log shows that."""
        path = ready.http or ""
        return self._url + path if path.startswith("/") else path

    def _shows(self, ready: Readiness, client: httpx.Client, log: Follower) -> bool:
        """Whether it shows now that it is ready: the line, or any answer at all."""
        if ready.log is not None:
            return log.find(ready.log) is not None
        try:
            with client.stream("GET", self._address(ready)):
                return True
        except httpx.TransportError:
            return False


def run(
    wards: Wards | Containers, launch: Launch, output: Output, within_seconds: float
) -> Finished | TimedOut:
    """Run a command to its end, or until its time is up; nothing of it is left then."""
    try:
        ward = wards.start(launch.order(output))
    except Refused as refusal:
        output.append(f"proofbook: {refusal}")
        return Finished(NO_PROGRAM, output.text())
    code = ward.wait(within_seconds)
    ward.signal(signal.SIGKILL, family=True)
    if code is None:
        ward.wait(within_seconds)
        return TimedOut(output.text(), output.shown)
    return Finished(code, output.text())
