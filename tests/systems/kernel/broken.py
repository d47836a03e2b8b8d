"""Kernels with a fault in them, started in a moment: forks of one process that has loaded everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from tests.systems.deployment import ROOT
from tests.systems.kernel.kernels import Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proofbook.stack import Twin

#: Stands for the fault of a Kernel that has none.
NONE = "none"
#: Reads what to start, a line each, forks, and says the fork's process.
WARM = """
import json, os, signal, sys
from systems.chassis import launcher
from systems.chassis.seams import Fault, nothing
from systems.kernel import routes, service, starting, schema, backups
from systems.kernel.faults.__main__ import FAULTS, USAGE

FAULTS += (Fault(name="none", process="api", breaks=(), plant=nothing),)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    told = json.loads(line)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(told["env"])
        log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1), os.dup2(log, 2)
        code = 1
        try:
            launcher.start(FAULTS, told["name"], [sys.executable, "-m", "systems.kernel.api"], USAGE)
            code = 0
        except SystemExit as end:
            code = end.code
        finally:
            os._exit(code if isinstance(code, int) else 1)
    print(pid, flush=True)
"""
START_SECONDS = 60


@dataclass
class Warm:
    """The process that is forked, and what every Kernel of it is told."""

    process: subprocess.Popen[str]
    twin: Twin
    env: dict[str, str]
    log: Path

    @contextmanager
    def start(self, name: str, **env: str) -> Iterator[Kernel | None]:
        """A Kernel with this fault; None if it ended instead of listening."""
        told = {"name": name, "env": self.env | env, "log": str(self.log)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        url = f"http://127.0.0.1:{self.env['PORT']}"
        process: Any = None
        try:
            with httpx.Client(base_url=url, timeout=30) as client:
                is_up = _listens(client, pid)
                yield Kernel(self.twin, process, client) if is_up else None
        finally:
            if _runs(pid):
                os.kill(pid, signal.SIGKILL)
            while _runs(pid):
                time.sleep(0.01)


@contextmanager
def warm(twin: Twin, kms_url: str, log: Path) -> Iterator[Warm]:
    """One process to be forked."""
    env = {"PATH": os.environ["PATH"], **twin.env("api"), "KMS_ENDPOINT": kms_url}
    process = subprocess.Popen(
        [sys.executable, "-c", WARM],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Warm(process, twin, env, log)
        finally:
            process.kill()


def _listens(client: httpx.Client, pid: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while _runs(pid) and time.monotonic() < deadline:
        try:
            client.get("/ready")
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return True
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
