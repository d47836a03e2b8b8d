"""
Own every program of a stack, and end with it: `python -m proofbook.stack.warden SCRATCH RUNNER`.

The warden is the parent of all that a stack starts and the reaper of all that those start. It reads
orders from its standard input and writes events to its standard output, a JSON object a line. When
the input ends, when the process RUNNER is gone, or on SIGTERM, it ends every descendant, removes the
folder SCRATCH and exits. So nothing survives a run, however the run ends.

    {"do": "spawn", "ward": "coreos.api.1", "argv": […], "cwd": "…", "env": {…}, "output": "…",
     "uid": 65534 or null, "farewell": 15}
        → {"event": "started", "ward": "…", "pid": 17} or {"event": "refused", "ward": "…", "why": "…"}
        → later {"event": "ended", "ward": "…", "code": -9}
    {"do": "signal", "ward": "…", "signal": 19, "family": true}

Should the warden itself be killed, the kernel kills its children (a parent's death signal is safe
here: there is one thread), and the runner, which sees its output end, kills their sessions.

Nothing but the standard library is imported, so that it starts in 40 ms, without `site`, by path.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

#: A program may start another while its family is walked; how often the walk is repeated at most.
_WALKS = 20

#: How long a program has between its farewell signal and SIGKILL.
FAREWELL_SECONDS = 1.0
#: The same for those whose farewell is SIGQUIT: PostgreSQL killed outright leaks shared memory.
QUIT_SECONDS = 6.0
#: How long SIGKILL is repeated before the warden gives up on a process that the kernel holds.
KILL_SECONDS = 10.0

_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass(frozen=True, slots=True)
class Kin:
    """A living process as `/proc` shows it."""

    pid: int
    parent: int
    session: int


@dataclass(frozen=True, slots=True)
class Ward:
    """A program that the warden started and has not yet reaped."""

    name: str
    pid: int
    farewell: int


def living() -> list[Kin]:
    """Every process of this machine that is not a zombie."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_bytes()
        except OSError:
            continue  # gone since the listing
        state, parent, _group, session = stat.rpartition(b")")[2].split()[:4]
        if state not in (b"Z", b"X"):
            found.append(Kin(int(entry), int(parent), int(session)))
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
    """`pid`, its descendants, and orphans of its session: parents first."""
    own = [kin.pid for kin in among if kin.pid == pid]
    below = [kin.pid for kin in descendants(pid, among)]
    orphans = [kin.pid for kin in among if kin.session == pid]
    return list(dict.fromkeys([*own, *below, *orphans]))


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone, or no longer ours, is left alone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


class Warden:
    """The loop; `wards` are the programs that it started and has not reaped."""

    def __init__(self, scratch: Path, runner: int) -> None:
        self.scratch = scratch
        self.wards: dict[str, Ward] = {}
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)  # noqa: FBT003 - the standard library's signature
        signal.set_wakeup_fd(wake)
        # Handlers, not SIG_IGN: what is ignored here would be ignored in every program, too.
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._is_over = False
        self._runner = self._watch(runner)

    def _watch(self, runner: int) -> list[int]:
        """Learn of the runner's end also where a fork of it holds our input open."""
        try:
            return [os.pidfd_open(runner)]
        except ProcessLookupError:
            self._is_over = True
        except OSError:
            pass  # an old kernel or a strict container: the end of the input must do
        return []

    def run(self) -> None:
        """Serve until the runner is gone, then end everything."""
        orders = b""
        while not self._is_over:
            ready = select.select([0, self._wake, *self._runner], [], [])[0]
            self._is_over |= bool(self._runner) and self._runner[0] in ready
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
            case {"do": "signal", "ward": str(name), "signal": int(number), "family": bool(whole)}:
                ward = self.wards.get(name)
                if whole and ward:
                    self._signal_family(ward.pid, number)
                elif ward:
                    send(ward.pid, number)

    def _spawn(self, order: dict[str, object]) -> None:
        name, uid, farewell = str(order["ward"]), order["uid"], int(str(order["farewell"]))
        groups = {} if uid is None else {"user": uid, "group": uid, "extra_groups": ()}
        # The kernel forgets the death signal when a process changes its user: set it after that.
        # It is SIGKILL for all but those that must be asked first.
        parting = farewell if farewell == signal.SIGQUIT else signal.SIGKILL
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
                    preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, parting, 0, 0, 0),  # noqa: PLW1509 - one thread
                    **groups,
                )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._tell(event="refused", ward=name, why=str(error))
            return
        child.returncode = 0  # reaped here by pid: Popen must never wait for it
        self.wards[name] = Ward(name, child.pid, farewell)
        self._tell(event="started", ward=name, pid=child.pid)

    def _reap(self) -> None:
        """Bury what has ended: wards with an event, orphans without."""
        try:
            self._is_over |= signal.SIGTERM in os.read(self._wake, 4096)
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for ward in [ward for ward in self.wards.values() if ward.pid == pid]:
                del self.wards[ward.name]
                code = os.waitstatus_to_exitcode(status)
                self._tell(event="ended", ward=ward.name, code=code)

    def _signal_family(self, pid: int, number: int) -> None:
        """Signal a program and all that it started, until a walk finds nobody new."""
        seen: set[int] = set()
        for _walk in range(_WALKS):
            new = [kin for kin in family(pid, living()) if kin not in seen]
            for kin in new:
                send(kin, number)
            seen.update(new)
            if not new:
                break

    def _tell(self, **event: object) -> None:
        try:
            os.write(1, json.dumps(event).encode() + b"\n")
        except OSError:  # the runner is gone
            self._is_over = True

    def _end(self) -> None:
        """Farewell, then SIGKILL for every descendant, then the scratch folder."""
        for kin in self._descendants():
            send(kin, signal.SIGCONT)
        for ward in self.wards.values():
            send(ward.pid, ward.farewell)
        began = time.monotonic()
        while left := self._descendants():
            age = time.monotonic() - began
            if age > QUIT_SECONDS + KILL_SECONDS:
                break
            for kin in self._overdue(left, age):
                send(kin, signal.SIGKILL)
            select.select([self._wake], [], [], 0.02)
            self._reap()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _overdue(self, left: list[int], age: float) -> list[int]:
        """Whose time to leave is up: all but PostgreSQL's processes at first, then all."""
        if age < FAREWELL_SECONDS:
            return []
        if age > QUIT_SECONDS:
            return left
        among = living()
        quitters = [w.pid for w in self.wards.values() if w.farewell == signal.SIGQUIT]
        patient = {kin for pid in quitters for kin in family(pid, among)}
        return [kin for kin in left if kin not in patient]

    def _descendants(self) -> list[int]:
        return [kin.pid for kin in descendants(os.getpid(), living())]


if __name__ == "__main__":
    Warden(Path(sys.argv[1]), int(sys.argv[2])).run()
