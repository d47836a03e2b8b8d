"""Tiny programs to be started, targets to start them from, and a look at what still runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from proofbook.targets import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proofbook.targets import Target

#: Answers every request with 503 and its environment; nothing but the standard library, so it
#: starts in 30 ms. What it does besides is said by its environment.
TINY = """
import json, os, signal, socket, sys, time
if "STUBBORN" in os.environ:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("environment", json.dumps(dict(os.environ)), flush=True)
if "EXIT" in os.environ:
    sys.exit(int(os.environ["EXIT"]))
if "CHILD" in os.environ:
    child = os.fork()
    if child == 0:
        time.sleep(600)
    print("child", child, flush=True)
if "ORPHAN" in os.environ and os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("orphan", os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
if "PORT" not in os.environ:
    print("no port", flush=True)
    time.sleep(600)
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
print("listening", flush=True)
while True:
    wire, _ = server.accept()
    wire.recv(65536)
    body = json.dumps(dict(os.environ)).encode()
    head = "HTTP/1.1 503 Busy\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n"
    wire.sendall(f"{head}Content-Length: {len(body)}\\r\\n\\r\\n".encode() + body)
    wire.close()
"""

#: A system of one program that listens and one that does not.
DEMO = """
kind = "stand-in"
permits = "disrupts"
[systems.demo.api]
command = ["{python}", "-IS", "tiny.py"]
ready = { http = "/", within = "60 s" }
env = { PORT = "{port}" }
[systems.demo.worker]
command = ["{python}", "-IS", "tiny.py"]
ready = { log = "no port", within = "60 s" }
env = { API_URL = "{demo.api.url}", NAME = "{instance}" }
"""


def target_of(text: str) -> Target:
    """The target that the text describes."""
    return parse(text, "targets/demo.toml")


def state(pid: int) -> str:
    """The state letter of `/proc/<pid>/stat`."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@contextmanager
def another(program: str, *args: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Another Python with its output, killed at the end whatever a test made of it."""
    process = subprocess.Popen(
        [sys.executable, "-Wignore", "-c", program, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process, cast("IO[str]", process.stdout)
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    """Whether a thread of the process runs: one that waits to be reaped does not, yet others may hold its files."""
    try:
        return any(map(_runs, Path(f"/proc/{pid}/task").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return False


def _runs(task: Path) -> bool:
    try:
        stat = (task / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(holds: Callable[[], bool], within_seconds: float = 60.0) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < deadline, f"{holds} did not hold within {within_seconds} s"
        time.sleep(0.01)


def wait_gone(pids: Iterable[int], within_seconds: float = 60.0) -> None:
    """Wait until none of the processes runs."""
    watched = list(pids)
    wait_until(lambda: not [pid for pid in watched if is_alive(pid)], within_seconds)


def own_env() -> dict[str, str]:
    """Enough of an environment to start a program by name."""
    return {"PATH": os.environ["PATH"]}
