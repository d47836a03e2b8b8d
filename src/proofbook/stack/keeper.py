"""Hold a standing stack until SIGTERM: `python -m proofbook.stack.keeper ROOT TARGET`."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NoReturn

from proofbook.errors import NotAsked, ProofbookError, StackError
from proofbook.stack.outcomes import Ready
from proofbook.stack.remote import Remote
from proofbook.stack.stack import Stack
from proofbook.stack.standing import FOLDER, Standing, write
from proofbook.targets import load

if TYPE_CHECKING:
    from proofbook.stack.controlled import Controlled
    from proofbook.stack.twins import Twin
    from proofbook.targets import Target

_LOOK_SECONDS = 1.0


def keep(root: Path, path: str) -> None:
    """Start everything, say so on standard output, and look after it until told to end."""
    folder = root / FOLDER
    with (folder / "keeper.lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(str(os.getpid()).encode())
        lock.flush()
        try:
            _stand(load(root, path), root, folder)
        except ProofbookError as problem:
            _say({"problem": str(problem)})
        finally:
            (folder / "standing.json").unlink(missing_ok=True)


def _stand(target: Target, root: Path, folder: Path) -> None:
    now = datetime.now(UTC)
    logs = root / "reports" / "up" / now.strftime("%Y%m%dT%H%M%SZ")
    with Stack(target, root=root, logs=logs) as stack, ExitStack() as twins:
        stack.check_identity()
        started: dict[str, Controlled] = {}
        urls: dict[str, str] = {}
        for system in target.systems:
            twin = twins.enter_context(stack.twin(system))
            processes = _start(twin)
            started |= processes
            urls |= {f"{system}.{role}": at.url for role, at in twin.opened().items()}
            urls |= {name: url for name, each in processes.items() if (url := _url(each))}
        standing = Standing(
            target=target.path,
            keeper=os.getpid(),
            since=now.isoformat(timespec="seconds"),
            urls=urls,
            pids={n: each.pid for n, each in started.items() if not isinstance(each, Remote)},
            logs=str(logs),
        )
        write(standing, folder)
        _say({"standing": asdict(standing)})
        _look_after(standing, started, folder)


def _start(twin: Twin) -> dict[str, Controlled]:
    """Every process of a twin's system, in the target's order. Raises `StackError`."""
    started = {}
    for process in twin.system.processes:
        name = f"{twin.system.name}.{process}"
        outcome = twin.start(process)
        if not isinstance(outcome, Ready):
            last = "\n".join(f"    {line}" for line in outcome.output.splitlines()[-5:])
            raise StackError(f"{name} did not start:\n{last}")
        started[name] = outcome.process
    return started


def _look_after(standing: Standing, started: dict[str, Controlled], folder: Path) -> NoReturn:
    """Say which programs have ended; SIGTERM ends this with `SystemExit`."""
    while True:
        Event().wait(_LOOK_SECONDS)
        ended = tuple(name for name in standing.pids if not started[name].is_running)
        if ended != standing.ended:
            standing = replace(standing, ended=ended)
            write(standing, folder)


def _url(process: Controlled) -> str:
    try:
        return process.url
    except NotAsked:
        return ""


def _say(word: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


def _leave(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    keep(Path(sys.argv[1]), sys.argv[2])
