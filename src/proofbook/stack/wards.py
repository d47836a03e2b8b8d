"""
The runner's side of the warden: start a program, signal it, learn of its end.

`Wards` starts one warden; every program of a stack is a `Ward` of it. A thread reads the warden's
events; everything here may be called from any thread.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from threading import Condition, Lock, Thread
from typing import IO, TYPE_CHECKING, cast

from proofbook.errors import StackError
from proofbook.stack import warden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: The warden answers an order at once; on a machine under load, within this.
_ANSWER_SECONDS = 60.0


class Refused(StackError):
    """The system would not start the program: no such file, no permission, no such folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be started, and where its output is appended."""

    name: str
    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    output: Path
    #: The user to become; `None` stays who the runner is.
    uid: int | None = None
    #: The signal that asks it to end when the stack does.
    farewell: int = signal.SIGTERM
    #: The image in which it runs, as a container: the first of these that there is; empty: none.
    image: tuple[str, ...] = ()
    #: The container's working folder; empty: the image's own.
    workdir: str = ""
    #: Whom the container belongs to: the name of a twin.
    twin: str = ""


class Ward:
    """A program that was started; `code` is known once it has ended, negative for a signal."""

    def __init__(self, name: str, wards: Wards) -> None:
        self.name = name
        self.pid = 0
        self.code: int | None = None
        #: The container that it runs in; `None` on this machine itself.
        self.container: str | None = None
        self._wards = wards

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self.pid > 0 and self.code is None and not self._wards.is_gone

    def wait(self, seconds: float) -> int | None:
        """Its exit code, waiting for it at most so long; `None` if it is still running."""
        return self._wards.wait(self, seconds)

    def signal(self, number: int, *, family: bool) -> list[int]:
        """
        Signal the program, with `family` all that it started, too; the processes that were reached.

        Once the program has ended, its family is what it left in its session.
        """
        return self._wards.signal(self.name, number, family=family)


class Wards:
    """
    All programs of one stack, owned by one warden process.

    `scratch` are folders that the warden removes at its end; `held` are file descriptors that it
    keeps open until then. Closing ends every program, within seconds.
    """

    def __init__(self, *scratch: Path, log: Path, held: Iterable[int] = ()) -> None:
        self._changed = Condition()
        self._writing = Lock()
        self._wards: dict[str, Ward] = {}
        self._refusals: dict[str, str] = {}
        #: Number of a signal's order → the processes that it reached.
        self._reached: dict[int, list[int]] = {}
        self._numbers = itertools.count(1)
        #: Whether the warden has ended.
        self.is_gone = False
        self._is_closing = False
        self._log = log
        with log.open("ab") as errors:
            # By path, without site and without the environment: 40 ms, and nothing to go wrong.
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", warden.__file__),
                    *(str(os.getpid()), *map(str, scratch)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd="/",
                pass_fds=tuple(held),
                start_new_session=True,
            )
        self._orders = cast("IO[bytes]", self._process.stdin)
        self._events = cast("IO[bytes]", self._process.stdout)
        self._reader = Thread(target=self._read, name="proofbook-wards", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The warden's own process."""
        return self._process.pid

    def start(self, order: Order) -> Ward:
        """Start a program. Raises `Refused` with the system's reason."""
        ward = Ward(f"{order.name}#{next(self._numbers)}", self)
        with self._changed:
            self._wards[ward.name] = ward
        self._order(
            do="spawn",
            ward=ward.name,
            argv=list(order.argv),
            cwd=str(order.cwd),
            env=dict(order.env),
            output=str(order.output),
            uid=order.uid,
            farewell=int(order.farewell),
        )
        with self._changed:
            answered = self._changed.wait_for(
                lambda: ward.pid or ward.name in self._refusals or self.is_gone, _ANSWER_SECONDS
            )
            why = self._refusals.pop(ward.name, None)
        if why is not None:
            raise Refused(why)
        if not answered or not ward.pid:
            raise self._lost()
        return ward

    def wait(self, ward: Ward, seconds: float) -> int | None:
        """The ward's exit code once it has ended; `None` if it has not within `seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: ward.code is not None or self.is_gone, seconds)
            if ward.code is None and self.is_gone:
                raise self._lost()
            return ward.code

    def signal(self, name: str, number: int, *, family: bool) -> list[int]:
        """Signal a ward; return once it was sent. See `Ward.signal`."""
        asked = next(self._numbers)
        self._order(do="signal", ward=name, signal=number, family=family, id=asked)
        with self._changed:
            self._changed.wait_for(lambda: asked in self._reached or self.is_gone, _ANSWER_SECONDS)
            if asked not in self._reached:
                raise self._lost()
            return self._reached.pop(asked)

    def last(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Let the warden run a program when all others have ended, however that comes; none: nothing."""
        self._order(do="last", argv=list(argv), env=dict(env))

    def hold_back(self, secrets: Iterable[str]) -> None:
        """Let the warden keep these out of the logs, should this process end without a word."""
        with contextlib.suppress(
            StackError
        ):  # that it is gone is said to who wants something of it
            self._order(do="secrets", values=list(secrets))

    def _order(self, **order: object) -> None:
        """Send one order to the warden."""
        line = json.dumps(order).encode() + b"\n"
        with self._writing:
            try:
                self._orders.write(line)
                self._orders.flush()
            except (OSError, ValueError):
                raise self._lost() from None

    def close(self) -> None:
        """End every program and the warden; return when nothing is left of them."""
        if self._is_closing:
            return
        self._is_closing = True
        with contextlib.suppress(StackError):
            self._order(do="end")
        with contextlib.suppress(OSError):
            self._orders.close()
        self._process.wait(warden.FAREWELL_SECONDS + warden.KILL_SECONDS + _ANSWER_SECONDS)
        self._reader.join()
        self._events.close()
        if self._log.exists() and not self._log.stat().st_size:
            self._log.unlink()

    def _read(self) -> None:
        for line in self._events:
            self._learn(json.loads(line))
        with self._changed:
            self.is_gone = True
            self._changed.notify_all()
        if not self._is_closing:
            self._clear()

    def _learn(self, event: Mapping[str, object]) -> None:
        with self._changed:
            match event:
                case {"event": "started", "ward": str(name), "pid": int(pid)}:
                    self._wards[name].pid = pid
                case {"event": "refused", "ward": str(name), "why": str(why)}:
                    self._refusals[name] = why
                    del self._wards[name]
                case {"event": "ended", "ward": str(name), "code": int(code)}:
                    self._wards.pop(name).code = code
                case {"event": "signalled", "id": int(asked), "pids": list(pids)}:
                    self._reached[asked] = pids
            self._changed.notify_all()

    def _clear(self) -> None:
        """The warden was killed: end what it can no longer end, session by session."""
        began = time.monotonic()
        leaders = [ward.pid for ward in self._wards.values() if ward.pid]
        while time.monotonic() - began < warden.KILL_SECONDS:
            among = warden.living()
            left = [kin for pid in leaders for kin in warden.family(pid, among)]
            if not left:
                return
            for pid in left:
                warden.send(pid, signal.SIGCONT)
            if time.monotonic() - began > warden.FAREWELL_SECONDS:
                for pid in left:
                    warden.send(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _lost(self) -> StackError:
        return StackError(
            f"the warden (process {self._process.pid}) is gone, and with it every program of this "
            f"stack; its log: {self._log}"
        )
