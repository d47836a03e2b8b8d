"""
Many runs of this program from one process: `python -m proofbook.cli.forks PLAN`.

Most of a short run goes into importing pytest, the engine and the checks. This process does that once
and then forks for each run. It has one thread, so that what it forks is whole. PLAN is a file:

    {"jobs": 4, "warm": [["verify", …, "--plan"]],
     "runs": [{"name": "7", "argv": ["verify", …], "output": "…", "seconds": 900}]}

`warm` are commands that import what the runs will need; what they print is lost. Of each run a line
on standard output says that it has begun, and another how it ended; `code` is negative for a signal:

    {"began": "7"}
    {"ended": "7", "code": 0, "seconds": 3.5}
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TypedDict

from proofbook.cli.program import main
from proofbook.instruments.raw_http import trust

_BROKE = 20
#: What a run imports only when it comes to need it.
_LATE = ("httpcore", "proofbook.report.exports")


class Forked(TypedDict):
    """One run: what is asked of this program, and where its words go."""

    name: str
    argv: list[str]
    output: str
    #: Past these it is taken for hung, and killed.
    seconds: int


class Plan(TypedDict):
    """All runs, in the order in which they begin."""

    #: So many at a time.
    jobs: int
    warm: list[list[str]]
    runs: list[Forked]


def serve(plan: Plan) -> None:
    """Warm up, make each run in a fork of its own, and tell of it."""
    for command in plan["warm"]:
        _silenced(command)
    for module in _LATE:
        import_module(module)
    trust()
    inspect.getmodule(serve.__code__)  # learns where every module's source is, as a traceback does
    gc.freeze()  # what is shared by all forks is not to be touched by their collectors
    waiting = list(plan["runs"])
    running: dict[int, tuple[str, float]] = {}
    while waiting or running:
        while waiting and len(running) < plan["jobs"]:
            run = waiting.pop(0)
            _tell(began=run["name"])
            running[_forked(run)] = run["name"], time.monotonic()
        pid, status = os.wait()
        if pid in running:
            name, began = running.pop(pid)
            code, seconds = os.waitstatus_to_exitcode(status), time.monotonic() - began
            _tell(ended=name, code=code, seconds=seconds)


def _silenced(argv: list[str]) -> None:
    """Run a command whose words, and whose end, are nobody's business."""
    saved = [os.dup(1), os.dup(2)]
    _point(Path(os.devnull))
    try:
        main(argv)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, before in zip((1, 2), saved, strict=True):
            os.dup2(before, descriptor)
            os.close(before)


def _forked(run: Forked) -> int:
    """The process that makes a run."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = _BROKE
    try:
        os.setsid()
        signal.alarm(run["seconds"])
        _point(Path(run["output"]))
        code = main(run["argv"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _point(file: Path) -> None:
    """Let both standard streams go to the end of a file."""
    with file.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)


def _tell(**event: object) -> None:
    sys.stdout.write(f"{json.dumps(event)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
