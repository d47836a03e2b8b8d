"""Programs of the job sources, sound or broken, started in a moment: forks of one process that has loaded everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.systems.deployment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Reads what to start, a line each; forks, says the fork's process, and its exit code once it is over.
WARM = """
import ctypes, json, os, runpy, sys, threading
from systems.chassis import launcher
from systems.jobsources import api, callbacks_replay, smoke, verify_deployment, web, worker, worker_service
from systems.jobsources.faults.__main__ import FAULTS, USAGE

def run(told):
    # Whatever becomes of the test, nothing outlives this process (PR_SET_PDEATHSIG, SIGKILL).
    ctypes.CDLL(None).prctl(1, 9)
    os.environ.clear()
    os.environ.update(told["env"])
    os.chdir(told["cwd"])
    out, log = (os.open(told[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND) for name in ("out", "log"))
    os.dup2(out, 1), os.dup2(log, 2)
    module = "systems.jobsources." + told["module"]
    sys.modules.pop(module, None)
    try:
        if told["fault"]:
            launcher.start(FAULTS, told["fault"], [sys.executable, "-m", module], USAGE)
        else:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\\n")
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)

for line in sys.stdin:
    told = json.loads(line)
    if "wait" in told:
        print(os.waitstatus_to_exitcode(os.waitpid(told["wait"], 0)[1]), flush=True)
        continue
    pid = os.fork()
    if pid == 0:
        run(told)
    print(pid, flush=True)
"""


@dataclass
class Fork:
    """A program that was started."""

    pid: int
    out: Path
    log: Path
    #: How it ended; None while nobody waited for it.
    code: int | None = None


@dataclass
class Warm:
    """The process that is forked."""

    process: subprocess.Popen[str]

    def start(
        self, module: str, env: dict[str, str], folder: Path, *, fault: str = "", name: str = ""
    ) -> Fork:
        """Start a program; its output goes to files of the folder."""
        fork = Fork(0, folder / f"{name or module}.out", folder / f"{name or module}.log")
        fork.out.unlink(missing_ok=True)
        fork.log.unlink(missing_ok=True)
        env = {"PATH": os.environ["PATH"], **env}
        told = {"module": module, "env": env, "fault": fault, "cwd": str(folder)}
        fork.pid = self._ask(told | {"out": str(fork.out), "log": str(fork.log)})
        return fork

    def wait(self, fork: Fork) -> int:
        """Its exit code, once it is over; below 0 if a signal ended it."""
        if fork.code is None:
            fork.code = self._ask({"wait": fork.pid})
        return fork.code

    def end(self, fork: Fork, number: signal.Signals = signal.SIGKILL) -> int:
        """End it."""
        if fork.code is None:
            os.kill(fork.pid, number)
        return self.wait(fork)

    def has_ended(self, fork: Fork) -> bool:
        """Whether it is over."""
        state = _state(fork.pid)
        return fork.code is not None or state in ("", "Z")

    def _ask(self, told: Mapping[str, object]) -> int:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def warm() -> Iterator[Warm]:
    """One process to be forked."""
    process = subprocess.Popen(
        [sys.executable, "-c", WARM],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Warm(process)
        finally:
            process.kill()


def until(holds: object, within_seconds: float = 60) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + within_seconds
    while not holds():  # type: ignore[operator]  # a function
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _state(pid: int) -> str:
    """The state of a process, in the kernel's letter; nothing if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
