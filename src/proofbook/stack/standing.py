"""
A stack that stands until it is told to go: `proofbook up`, `status`, `down`.

A keeper (`proofbook.stack.keeper`) holds it in the background. It keeps `.proofbook/keeper.lock`
locked for as long as it lives, so that a keeper that was killed is never taken for one that stands,
and says in `.proofbook/standing.json` what it started.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from proofbook.errors import StackError
from proofbook.stack.scratch import locked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.targets import Target

FOLDER = ".proofbook"
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands, and where."""

    #: The target's file.
    target: str
    #: The keeper's process.
    keeper: int
    #: RFC 3339, UTC.
    since: str
    #: `coreos.api`, `store` → address, credentials included.
    urls: Mapping[str, str]
    #: The programs that were started, by their processes.
    pids: Mapping[str, int]
    #: Those of them that have ended since.
    ended: tuple[str, ...] = ()
    #: The folder of their logs.
    logs: str


def up(target: Target, root: Path) -> Standing:
    """
    Start every process of every system of the target, to stand until `down`.

    Raises `StackError` if a stack stands already, or if something does not start; then nothing does.
    """
    folder = _folder(root)
    with locked(folder / "up.lock"):
        there = status(root)
        if there:
            raise StackError(
                f"{there.target} is up already, since {there.since} (process {there.keeper}); "
                "`proofbook status` says where, `proofbook down` ends it"
            )
        down(root)  # a keeper that is only just ending, or has not come to stand
        return _keep(target, root, folder)


def status(root: Path) -> Standing | None:
    """What stands, or `None`."""
    folder = root / FOLDER
    if keeper(folder) is None:
        return None
    try:
        return read((folder / "standing.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None  # it is only just starting, or ending


def down(root: Path) -> bool:
    """End what stands, and return when it is gone; whether anything did."""
    folder = root / FOLDER
    pid = keeper(folder)
    if pid is None:
        (folder / "standing.json").unlink(missing_ok=True)
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while keeper(folder) is not None:
        if time.monotonic() > deadline:
            raise StackError(f"the keeper (process {pid}) does not end; kill it: kill -9 {pid}")
        time.sleep(_POLL_SECONDS)
    return True


def keeper(folder: Path) -> int | None:
    """The process that holds the keeper's lock, if one does."""
    try:
        with (folder / "keeper.lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or b"0") or None
    except FileNotFoundError:
        pass
    return None


def write(standing: Standing, folder: Path) -> None:
    """Say what stands, all at once; only the user may read it, as addresses hold passwords."""
    path = folder / "standing.json.new"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(standing), indent=2), encoding="utf-8")
    path.rename(folder / "standing.json")


def read(text: str) -> Standing:
    """What `write` wrote."""
    said: dict[str, Any] = json.loads(text)
    return Standing(**{**said, "ended": tuple(said["ended"])})


def _folder(root: Path) -> Path:
    folder = root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise StackError(f"{folder} cannot be written: {error.strerror}") from None
    return folder


def _keep(target: Target, root: Path, folder: Path) -> Standing:
    """Start a keeper and wait for its word: what stands, or what is wrong."""
    log = folder / "keeper.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "proofbook.stack.keeper", str(root.resolve()), target.path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=root,
            start_new_session=True,
        )
    try:
        said = _word(process.stdout)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if "standing" in said:
        process.returncode = 0  # it outlives us: nobody here waits for it
        return read(json.dumps(said["standing"]))
    process.wait()
    raise StackError(said.get("problem") or f"the keeper ended without a word; its log: {log}")


def _word(said: IO[bytes] | None) -> dict[str, Any]:
    with said or Path(os.devnull).open("rb") as stream:
        line = stream.readline()
    return dict(json.loads(line)) if line.strip() else {}
