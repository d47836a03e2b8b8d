"""
Loopback ports for stacks that run side by side.

Ports below the kernel's ephemeral range are dealt in slots of 64. A stack owns one slot, by the name
of an abstract socket: the kernel gives such a name to one holder at a time, within one network
namespace (where ports are shared, too), for whatever user and temporary folder, and takes it back
when the last holder of the descriptor ends. The warden inherits it, so that a slot is free only when
nothing of its stack is left. What others have bound is stepped over.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from threading import Lock
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, StackError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST, _END = 20_000, 32_768
_SLOT = 64
_SLOTS = (_END - _FIRST) // _SLOT
_POLL_SECONDS = 0.05


def is_free(port: int) -> bool:
    """Whether a program could listen on the port now, at any address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - bound for a moment, never listened on
        except OSError:
            return False
    return True


def _claimed(name: str) -> socket.socket | None:
    """The machine-wide name, held until the socket is closed; `None` if another holds it."""
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind(f"\0proofbook.{name}")
    except OSError:
        lock.close()
        return None
    return lock


class Ports:
    """One slot of ports; `close` gives it back once every heir of `fileno` has ended, too."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: set[int] = set()
        self._next = 0
        # Neighbours start at different slots, so that a port is not dealt again at once.
        for offset in range(_SLOTS):
            slot = (os.getpid() + offset) % _SLOTS
            claim = _claimed(f"slot.{slot}")
            if claim:
                self._claim, self._first = claim, _FIRST + slot * _SLOT
                return
        raise StackError(
            f"all {_SLOTS} slots of ports from {_FIRST} to {_END} are in use by other stacks; "
            "end some of them"
        )

    def fileno(self) -> int:
        """The descriptor that holds the slot, for the warden to inherit."""
        return self._claim.fileno()

    def take(self) -> int:
        """A port that nobody listens on, and that this stack has not dealt otherwise."""
        with self._lock:
            for offset in range(_SLOT):
                port = self._first + (self._next + offset) % _SLOT
                if port not in self._taken and is_free(port):
                    self._next = port - self._first + 1
                    self._taken.add(port)
                    return port
        raise StackError(
            f"no port left between {self._first} and {self._first + _SLOT - 1}: "
            f"this stack holds {len(self._taken)}, other programs the rest"
        )

    def give_back(self, port: int) -> None:
        """Let the port be dealt again, after all others."""
        with self._lock:
            self._taken.discard(port)

    def close(self) -> None:
        """Let go of the slot."""
        self._claim.close()


@contextlib.contextmanager
def fixed(port: int, *, within_seconds: float = 60.0) -> Iterator[int]:
    """
    A contract's own port, for one holder at a time on this machine.

    Waits for other runs that hold it. Raises `NotAsked` if it is not free within `within_seconds`.
    """
    deadline = time.monotonic() + within_seconds
    claim = None
    while (claim := claim or _claimed(f"port.{port}")) is None or not is_free(port):
        if time.monotonic() > deadline:
            who = "by another program" if claim else "by another run of Proofbook"
            if claim:
                claim.close()
            raise NotAsked(
                f"port {port}, which the contract fixes, was in use {who} for {within_seconds:g} s",
                remedy=f"free port {port} on this machine",
            )
        time.sleep(_POLL_SECONDS)
    with claim:
        yield port
