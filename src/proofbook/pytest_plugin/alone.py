"""
Checks that load run alone: nothing else that would take its share of the machine runs meanwhile.

Every check holds a shared lock while it runs, and one that asks for the fixture `load` an exclusive one;
the locks are the project's on this machine, so that workers of xdist and its other runs keep to it, too. A
check that loads comes last.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.pytest_plugin.marks import marked

if TYPE_CHECKING:
    from collections.abc import Generator

    from proofbook.pytest_plugin.collecting import Collection

#: What makes a check run alone: the fixture, or the mark of one that loads in a way of its own.
MARK = "alone"
FIXTURE = "load"
#: Nobody waits longer for the others: something that never ends must not hold up all.
PATIENCE_SECONDS = 600.0
_LOOK_SECONDS = 0.02


class Room:
    """A place that many may share, or one may have; whoever waits to be alone lets nobody else in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: tuple[int, int] | None = None
        # A fork shares its parent's locks.
        os.register_at_fork(after_in_child=self._forget)

    def enter(self, *, alone: bool, patience: float = PATIENCE_SECONDS) -> bool:
        """Whether it was had so; after `patience` seconds it was not. `leave` it in either case."""
        door, room = self._opened or self._open()
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        was_had = _take(door, kind, patience) and _take(room, kind, patience)
        if not alone:
            fcntl.flock(door, fcntl.LOCK_UN)
        return was_had

    def leave(self) -> None:
        """Let whoever waits have it."""
        door, room = self._opened or self._open()
        fcntl.flock(room, fcntl.LOCK_UN)
        fcntl.flock(door, fcntl.LOCK_UN)

    def _open(self) -> tuple[int, int]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        door, room = (os.open(self._folder / name, flags, 0o600) for name in ("door", "room"))
        self._opened = door, room
        return self._opened

    def _forget(self) -> None:
        self._opened = None


def _take(file: int, kind: int, patience: float) -> bool:
    """Whether a lock was had before so many seconds had passed."""
    deadline = 0.0
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            now = time.monotonic()
            deadline = deadline or now + patience
            if now >= deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        else:
            return True


class Alone:
    """Lets checks into the room, those that load one by one and last."""

    def __init__(self, collection: Collection, root: Path) -> None:
        self._collection = collection
        self._room = Room(_folder(root))
        self._loading: frozenset[pytest.Item] = frozenset()
        #: Whether the check that runs now is alone; `None` where it need not be.
        self.is_alone: bool | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put those that load behind all others."""
        asking = (item for item in items if FIXTURE in getattr(item, "fixturenames", ()))
        self._loading = frozenset(marked(items, MARK)).union(asking)
        if self._loading:
            items.sort(key=self._loading.__contains__)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Wait for the others, or for the one that must be alone."""
        if item not in self._collection.checks:
            return (yield)
        alone = item in self._loading
        was_had = self._room.enter(alone=alone)
        self.is_alone = was_had if alone else None
        try:
            return (yield)
        finally:
            self._room.leave()


def _folder(root: Path) -> Path:
    """One for each user and project, where no store and no clean-up reaches."""
    name = sha256(str(root).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"proofbook-checks-{os.getuid()}-{name}"
