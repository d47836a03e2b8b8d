"""
Own every program of a stack, and end with it: `python -m proofbook.stack.warden RUNNER SCRATCH…`.

The warden is the parent of all that a stack starts and the reaper of all that those start. It reads
orders from its standard input and writes events to its standard output, a JSON object a line. When
the input ends, when the process RUNNER is gone, or on SIGTERM, it ends every descendant, removes the
folders SCRATCH and exits. So nothing survives a run, however the run ends.

    {"do": "spawn", "ward": "coreos.api.1", "argv": […], "cwd": "…", "env": {…}, "output": "…",
     "uid": 65534 or null, "farewell": 15}
    {"do": "last", "argv": […], "env": {…}}: run when everything has ended; [] takes it back
        → {"event": "started", "ward": "…", "pid": 17} or {"event": "refused", "ward": "…", "why": "…"}
        → later {"event": "ended", "ward": "…", "code": -9}
    {"do": "secrets", "values": […]}: what no log may hold. Of a runner that ended without a word it
        takes them out of what the programs wrote (`proofbook.stack.washing`), or that away
    {"do": "signal", "ward": "…", "signal": 19, "family": true, "id": 7}
        → {"event": "signalled", "id": 7, "pids": [17, 18]}
    {"do": "end"}: it is over, and the runner itself sees to the logs

Should it be killed, the kernel kills its children (a parent's death signal is safe where there is
one thread), and the runner their sessions. Only the standard library is used: it starts in 40 ms.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_IPC_RMID = 0
#: A program may start another while its family is walked: how often it is walked at most.
_WALKS = 20
#: From a program's farewell signal to SIGKILL.
FAREWELL_SECONDS = 1.0
#: How long SIGKILL is repeated on what the kernel holds, or has no time for.
KILL_SECONDS = 30.0
#: How long what is run in the end may take.
LAST_SECONDS = 60.0
_libc = ctypes.CDLL(None)


class Kin(NamedTuple):
    """A process as `/proc` shows it."""

    pid: int
    parent: int
    session: int


class Ward(NamedTuple):
    """A program that the warden started and has not yet reaped."""

    name: str
    pid: int
    farewell: int


def living() -> list[Kin]:
    """Every process of this machine; those count, too, that nobody has reaped yet."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_bytes()
        except OSError:
            continue  # gone since the listing
        _state, parent, _group, session = stat.rpartition(b")")[2].split()[:4]
        found.append(Kin(int(entry.name), int(parent), int(session)))
    return found


def descendants(pid: int, among: list[Kin]) -> list[Kin]:
    """All children of `pid`, their children and so on, parents first."""
    children: dict[int, list[Kin]] = {}
    for kin in among:
        children.setdefault(kin.parent, []).append(kin)
    found = list(children.get(pid, ()))
    for kin in found:  # grows while it is walked
        found.extend(children.get(kin.pid, ()))
    return found


def family(pid: int, among: list[Kin]) -> list[int]:
    """
    `pid`, its descendants, parents first, and orphans of its session.

    Who goes first matters: a program that outlives its children by a moment cleans up after them.
    """
    own = [kin.pid for kin in among if kin.pid == pid]
    heirs = [kin.pid for kin in descendants(pid, among)]
    orphans = [kin.pid for kin in among if kin.session == pid]
    return list(dict.fromkeys([*own, *heirs, *orphans]))


def send(pid: int, number: int) -> None:
    """Send a signal; what is gone, or no longer ours, is left alone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def release(folder: Path) -> None:
    """Free the shared memory of killed PostgreSQL servers whose data is in, or just below, it."""
    for state in (*folder.glob("data/postmaster.pid"), *folder.glob("*/data/postmaster.pid")):
        with contextlib.suppress(OSError, ValueError, IndexError):
            _libc.shmctl(int(state.read_text().splitlines()[6].split()[1]), _IPC_RMID, None)


def die_with_parent(parent: int) -> None:
    """Run in a child of that process after it changed its user, which makes the kernel forget this."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was gone before the kernel knew, which sends nothing any more
        os._exit(1)


class Warden:
    """The loop; `wards` are the programs that it started and has not reaped."""

    def __init__(self, runner: int, scratch: list[str]) -> None:
        self.scratch = scratch
        self.wards: dict[str, Ward] = {}
        #: What to run in the end, and what it is told: it ends what is no process of ours.
        self.last: tuple[list[str], dict[str, str]] = ([], {})
        #: What no log may hold, and the logs.
        self.secrets: list[str] = []
        self.outputs: dict[str, None] = {}
        #: What has ended may have left others in its session; their number is not dealt again.
        self.ended: dict[str, int] = {}
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        # Handlers, not SIG_IGN: what is ignored here would be ignored in every program, too.
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # ignored in a shell's background
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._is_over = False
        self._is_taken_leave_of = False
        self._runner: list[int] = []
        # A fork of the runner may hold our input open. Where the kernel has no such descriptor, or
        # the runner is gone by now, the end of the input must do.
        with contextlib.suppress(OSError):
            self._runner.append(os.pidfd_open(runner))

    def run(self) -> None:
        """Serve until the runner is gone, then end everything."""
        orders = b""
        while not self._is_over:
            ready = select.select([0, self._wake, *self._runner], [], [])[0]
            self._is_over |= any(descriptor in ready for descriptor in self._runner)
            if self._wake in ready:
                self._reap()
            if 0 in ready:
                chunk = os.read(0, 65536)
                self._is_over |= not chunk
                *lines, orders = (orders + chunk).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
        self._end()

    def _obey(self, order: dict[str, object]) -> None:
        match order:
            case {"do": "spawn"}:
                self._spawn(order)
            case {"do": "last", "argv": list(argv), "env": dict(env)}:
                self.last = (argv, env)
            case {"do": "secrets", "values": list(values)}:
                self.secrets += values
            case {"do": "signal", "ward": str(name), "signal": int(number), "family": bool(whole)}:
                pids = self._signal(name, number, whole=whole)
                self._tell(event="signalled", id=order["id"], pids=pids)
            case {"do": "end"}:
                self._is_over = self._is_taken_leave_of = True

    def _spawn(self, order: dict[str, object]) -> None:
        name, uid, farewell = str(order["ward"]), order["uid"], int(str(order["farewell"]))
        self.outputs[str(order["output"])] = None
        groups = {} if uid is None else {"user": uid, "group": uid, "extra_groups": ()}
        try:
            with Path(str(order["output"])).open("ab") as output:
                child = subprocess.Popen(  # type: ignore[call-overload]
                    order["argv"],
                    cwd=order["cwd"],
                    env=order["env"],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - there is one thread
                    **groups,
                )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._tell(event="refused", ward=name, why=str(error))
            return
        child.returncode = 0  # reaped here by pid: Popen must never wait for it
        self.wards[name] = Ward(name, child.pid, farewell)
        self.ended = {old: pid for old, pid in self.ended.items() if pid != child.pid}
        self._tell(event="started", ward=name, pid=child.pid)

    def _reap(self) -> None:
        """Bury what has ended: wards with an event, orphans without."""
        with contextlib.suppress(BlockingIOError):
            self._is_over |= signal.SIGTERM in os.read(self._wake, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for name in [ward.name for ward in self.wards.values() if ward.pid == pid]:
                del self.wards[name]
                self.ended[name] = pid
                self._tell(event="ended", ward=name, code=os.waitstatus_to_exitcode(status))

    def _signal(self, name: str, number: int, *, whole: bool) -> list[int]:
        """Signal a program; the whole family until a walk finds nobody new. Whom it reached."""
        seen: dict[int, None] = {}
        for _walk in range(_WALKS):
            alone = [self.wards[name].pid] if name in self.wards else []
            new = [kin for kin in (self._family(name) if whole else alone) if kin not in seen]
            for kin in new:
                send(kin, number)
            seen |= dict.fromkeys(new)
            if not new:
                break
        return list(seen)

    def _family(self, name: str) -> list[int]:
        """A ward with all that it started; of one that has ended, what is left of its session."""
        among = living()
        if name in self.wards:
            return family(self.wards[name].pid, among)
        session = self.ended.get(name)
        return [kin.pid for kin in descendants(os.getpid(), among) if kin.session == session]

    def _tell(self, **event: object) -> None:
        try:
            os.write(1, json.dumps(event).encode() + b"\n")
        except OSError:  # the runner is gone
            self._is_over = True

    def _end(self) -> None:
        """Farewell, then SIGKILL for every descendant, then the scratch folders."""
        for kin in self._descendants():
            send(kin, signal.SIGCONT)
        for ward in self.wards.values():
            send(ward.pid, ward.farewell)
        began = time.monotonic()
        while left := self._descendants():
            if (age := time.monotonic() - began) > FAREWELL_SECONDS + KILL_SECONDS:
                break
            for kin in left if age > FAREWELL_SECONDS else ():
                send(kin, signal.SIGKILL)
            select.select([self._wake], [], [], 0.02)
            self._reap()
        if self.last[0]:
            argv, env = self.last
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                subprocess.run(argv, env=env, cwd="/", check=False, timeout=LAST_SECONDS)
        if self.secrets and not (self._is_taken_leave_of and self._has_runner()):
            self._wash()
        for folder in self.scratch:
            release(Path(folder))
            shutil.rmtree(folder, ignore_errors=True)

    def _has_runner(self) -> bool:
        """Whether the runner still lives: once this process has ended, it washes the logs itself."""
        return bool(self._runner) and not select.select(self._runner, [], [], 0)[0]

    def _wash(self) -> None:
        """Take the secrets out of the logs: better none than one that tells."""
        told = json.dumps({"files": list(self.outputs), "secrets": self.secrets})
        try:
            subprocess.run(
                [sys.executable, "-m", "proofbook.stack.washing"],
                input=told.encode(),
                env={"PYTHONPATH": str(Path(__file__).parents[2])},
                cwd="/",
                check=True,
                timeout=LAST_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            for output in self.outputs:
                with contextlib.suppress(OSError):
                    Path(output).unlink()

    def _descendants(self) -> list[int]:
        return [kin.pid for kin in descendants(os.getpid(), living())]


if __name__ == "__main__":
    Warden(int(sys.argv[1]), sys.argv[2:]).run()
