"""
Programs that run in containers, each a ward like any other.

A container has the host's network, so that an address means the same inside and outside, and a check
need not know where a program runs. The network that a system has of its own is what its compose file
is for. The warden removes what is left of a stack's containers when the stack is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked
from proofbook.stack.docker import LABEL, connect, sweep, told
from proofbook.stack.wards import Refused, Ward

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.images import Image

    from proofbook.stack.wards import Order, Wards

#: Docker reports the end by a signal as a shell does.
_BY_SIGNAL = 128
#: Docker has removed a container by then; what follows its log has only to notice.
_REMOVAL_SECONDS = 30.0


class Containers:
    """All containers of one stack, called `name`."""

    def __init__(self, wards: Wards, name: str) -> None:
        self._wards = wards
        self._client = connect()
        path = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/")}
        command = (sys.executable, "-m", "proofbook.stack.sweeping", name)
        wards.last(command, {**path, **told()})

    def start(self, order: Order) -> Ward:
        """Start a program. Raises `Refused` with Docker's reason, `NotAsked` if there is no such image."""
        import docker  # noqa: PLC0415 - an extra, and slow to load

        image = self._image(order)
        try:
            container = self._client.containers.create(
                image,
                list(order.argv),
                environment=dict(order.env),
                labels={LABEL: order.twin},
                network_mode="host",
                healthcheck={"test": ["NONE"]},  # checks ask after its health, and nobody else
                working_dir=order.workdir or None,
            )
        except docker.errors.APIError as error:
            raise Refused(str(error.explanation or error)) from None
        ward = ContainerWard(order, self._wards, container)
        try:
            ward.begin()
        except docker.errors.APIError as error:
            container.remove(force=True)
            raise Refused(str(error.explanation or error)) from None
        return ward

    def sweep(self, twin: str) -> None:
        """Remove what is left of a twin."""
        sweep(self._client, twin)

    def close(self) -> None:
        """Let go of Docker: the twins have removed what was theirs."""
        self._wards.last((), {})
        self._client.close()

    def _image(self, order: Order) -> Image:
        import docker  # noqa: PLC0415 - as above

        for name in order.image:
            with contextlib.suppress(docker.errors.ImageNotFound):
                return self._client.images.get(name)
        names = " nor ".join(order.image)
        raise NotAsked(
            f"{order.name} runs in an image, and Docker has no {names}",
            remedy=f"build {order.image[-1]}",
        )


class ContainerWard(Ward):
    """A program in a container; when it is buried, the container is removed."""

    def __init__(self, order: Order, wards: Wards, container: Container) -> None:
        super().__init__(order.name, wards)
        self.container = str(container.id)
        self._held = container
        self._output = order.output
        self._ended = Event()

    def begin(self) -> None:
        """Start it, its output following into the log."""
        self._held.start()
        Thread(target=self._follow, name=self.name, daemon=True).start()
        self._held.reload()
        # Of one that has ended by now, a number that no process has.
        self.pid = self._held.attrs["State"]["Pid"] or (1 << 22) + 1

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self.pid > 0 and self.code is None

    def wait(self, seconds: float) -> int | None:
        """Its exit code, waiting for it at most so long; `None` if it is still running."""
        self._ended.wait(seconds)
        return self.code

    def signal(self, number: int, *, family: bool) -> list[int]:
        """
        Signal the program; SIGKILL, SIGSTOP and SIGCONT reach all that runs in the container.

        When this returns it has happened: nobody is named who would have to be waited for.
        """
        del family
        match number:
            case signal.SIGKILL:
                self._ask("remove", force=True, v=True)
                self._ended.wait(_REMOVAL_SECONDS)
            case signal.SIGSTOP:
                self._ask("pause")
            case signal.SIGCONT:
                self._ask("unpause")
            case _:
                self._ask("kill", signal=signal.Signals(number).name)
        return []

    def _ask(self, what: str, **how: object) -> None:
        """Ask Docker for something that is no longer to be had of a container that has ended."""
        import docker  # noqa: PLC0415 - as above

        with contextlib.suppress(docker.errors.NotFound, docker.errors.APIError):
            getattr(self._held, what)(**how)

    def _follow(self) -> None:
        """Write down what it says, and how it ended."""
        import docker  # noqa: PLC0415 - as above

        code = -signal.SIGKILL
        try:
            with self._output.open("ab", buffering=0) as log:
                for chunk in self._held.logs(stream=True, follow=True):
                    log.write(chunk)
            code = int(self._held.wait()["StatusCode"])
        except (docker.errors.DockerException, OSError):
            pass  # it was removed while it ran
        self.code = _BY_SIGNAL - code if code > _BY_SIGNAL else code
        self._ended.set()
