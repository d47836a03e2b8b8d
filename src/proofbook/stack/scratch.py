"""
Folders of a stack: some of its own that go with it, and one that a user's stacks share.

They lie in `proofbook-<uid>`: in the temporary folder, and for data in memory (`/dev/shm`), where
there is room for it. A database on a busy disk waits for everybody's writes at each of its own, and
on starting after a crash for a thousand; what it has to survive here is the end of its processes.

A stack's own folders are locked for as long as its warden lives; what a killed warden left is
removed by the next stack.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.errors import StackError
from proofbook.stack import warden

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Whom root's databases run as: PostgreSQL refuses to run as root.
NOBODY = 65534

#: Where files are memory.
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
#: Free memory below which data goes to disk; a server takes 50 MB, and up to 300 under load.
_ROOM_BYTES = 2 << 30


def database_uid() -> int | None:
    """The user that PostgreSQL must run as; `None`: the one that we are."""
    return NOBODY if os.geteuid() == 0 else None


def is_open(path: Path) -> bool:
    """Whether every user may enter every folder on the way to `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def base() -> Path:
    """
    The user's folder for stacks, made if need be.

    Raises `StackError` where nobody else may be let in but must be, or it is somebody else's.
    """
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - a folder of our own in it
    must_be_open = database_uid() is not None
    for place in places:
        if not must_be_open or is_open(place / "x"):
            return _owned(place / f"proofbook-{os.geteuid()}")
    raise StackError(
        f"PostgreSQL runs as user {NOBODY} where the runner is root, and cannot enter any of "
        f"{', '.join(map(str, places))}; set TMPDIR to a folder that it can"
    )


def memory() -> Path | None:
    """The user's folder for data in memory; `None` where there is none, or no room in it."""
    if not has_room():
        return None
    try:
        return _owned(MEMORY / f"proofbook-{os.geteuid()}")
    except StackError:
        return None


def has_room() -> bool:
    """Whether data may go to memory now."""
    try:
        free = os.statvfs(MEMORY)
        about = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return False
    kib = next((line.split()[1] for line in about.splitlines() if "MemAvailable" in line), "0")
    return min(free.f_bavail * free.f_frsize, int(kib) << 10) >= _ROOM_BYTES


def _owned(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o711, exist_ok=True)
    except OSError as error:
        raise StackError(
            f"{folder}: {error.strerror}; set TMPDIR to a folder to write in"
        ) from None
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise StackError(f"{folder} is not ours; remove it, or set TMPDIR to another folder")
    return folder.resolve()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that the file stands for, waiting for whoever holds it."""
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Scratch:
    """A stack's own folder; `lock` is a descriptor to hold, and to let the warden hold."""

    path: Path
    lock: int

    @classmethod
    def make(cls, under: Path) -> Scratch:
        """A new, empty folder; those that nobody holds any more are removed first."""
        stacks = under / "stacks"
        stacks.mkdir(mode=0o711, exist_ok=True)
        _sweep(stacks)
        while True:
            path = Path(tempfile.mkdtemp(prefix="s", dir=stacks))
            lock = _hold(path, os.O_CREAT)
            if lock is not None:
                path.chmod(0o711)
                return cls(path, lock)

    def folder(self, name: str) -> Path:
        """A new folder in it, whose name begins with `name`; only we may look into it."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.path))

    def close(self) -> None:
        """Let go; removes the folder unless the warden has."""
        _remove(self.path)
        os.close(self.lock)


def _hold(path: Path, flags: int = 0) -> int | None:
    """The folder's lock, or `None` if another process holds it or it has none."""
    try:
        lock = os.open(path / "lock", os.O_RDWR | flags, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between the two calls above a sweep may have taken the file, and the folder with it.
        if os.path.samestat(os.fstat(lock), (path / "lock").stat()):
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _sweep(stacks: Path) -> None:
    """Remove what killed wardens left. A folder without a lock is only just being made."""
    for path in stacks.iterdir():
        lock = _hold(path)
        if lock is not None:
            _remove(path)
            os.close(lock)


def _remove(path: Path) -> None:
    warden.release(path)
    shutil.rmtree(path, ignore_errors=True)
