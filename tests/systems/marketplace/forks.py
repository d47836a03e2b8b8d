"""
Looks at a marketplace that is broken in one way, each in a fork of one process that has loaded everything.

A look is a function of a `Told` that says what it sees; nothing, where all is as it must be. The fork plants the fault
first, so that whatever the look makes or calls is broken.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.systems.deployment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Reads what to look at, a line each, and says when it is done.
WARM = """
import importlib, io, json, os, sys, traceback
from pathlib import Path
from systems.marketplace import web
from systems.marketplace.faults.__main__ import FAULTS
from tests.systems.marketplace.forks import Told

def run(told):
    os.environ.update(told["environ"])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        for fault in FAULTS:
            if fault.name == told["fault"]:
                os.environ.update(fault.environ)
                fault.plant()
        module, _, name = told["look"].partition(":")
        look = getattr(importlib.import_module(module), name)
        found = look(Told(told["environ"], Path(told["folder"])), **told["more"])
    except BaseException:
        found = "BROKEN " + traceback.format_exc()
    Path(told["answer"]).write_text(found, encoding="utf-8")

for line in sys.stdin:
    told = json.loads(line)
    importlib.import_module(told["look"].partition(":")[0])
    pid = os.fork()
    if pid == 0:
        try:
            run(told)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    print("done", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a look is told: a marketplace's environment, and a folder of its own."""

    environ: Mapping[str, str]
    folder: Path


Look = Callable[..., str]


@dataclass
class Forks:
    """The process that is forked."""

    process: subprocess.Popen[str]

    def see(self, fault: str, look: Look, told: Told, **more: object) -> str:
        """What a look sees of a fault; no fault: of a sound marketplace. Raises if the look itself breaks."""
        answer = told.folder / "answer"
        order = {
            "fault": fault,
            "look": f"{look.__module__}:{look.__qualname__}",
            "environ": dict(told.environ),
            "folder": str(told.folder),
            "more": more,
            "answer": str(answer),
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"
        found = answer.read_text(encoding="utf-8")
        answer.unlink()
        assert not found.startswith("BROKEN "), found
        return found


@contextmanager
def warm() -> Iterator[Forks]:
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
            yield Forks(process)
        finally:
            process.kill()
