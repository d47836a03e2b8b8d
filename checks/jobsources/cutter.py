"""
A wire between a process and its store that breaks at one message of the process, counted from when it is armed.

    with Cutter(host, port) as cutter:
        cutter.arm(3)                      # the fourth message from now on is lost, and its connection with it
        cutter.arm(3, after=True)          # it arrives, and its answer is lost
        cutter.has_cut, cutter.disarm()
"""

from __future__ import annotations

import select
import socket
import threading

from proofbook.instruments.served import Served

CHUNK = 65_536
CONNECT_SECONDS = 5.0


class Cutter(Served):
    """Hands bytes on between who connects here and `host:port`, until the message that it is armed for."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._lock = threading.Lock()
        #: Messages that may still pass; `None`: all.
        self._left: int | None = None
        self._after = False
        #: Whether a connection was cut since it was armed.
        self.has_cut = False
        super().__init__()

    def arm(self, messages: int, *, after: bool = False) -> None:
        """Let so many messages pass; cut at the next, before it arrives or `after`."""
        with self._lock:
            self._left, self._after, self.has_cut = messages, after, False

    def disarm(self) -> None:
        """Let everything pass."""
        with self._lock:
            self._left = None

    def serve(self, peer: socket.socket) -> None:
        """Hand on between its process and its store."""
        with socket.create_connection(self._upstream, CONNECT_SECONDS) as far:
            far.settimeout(None)
            with self.listener.hold(far):
                while self._passed(peer, far):
                    pass

    def _passed(self, near: socket.socket, far: socket.socket) -> bool:
        """Whether one piece, of whichever side speaks, was handed on, and more may come."""
        end = select.select([near, far], [], [])[0][0]
        told = end.recv(CHUNK)
        if not told:
            return False
        if end is far:
            near.sendall(told)
            return True
        is_cut, arrives = self._judged()
        if arrives:
            far.sendall(told)
        if is_cut and arrives:
            far.recv(CHUNK)  # the store has done it, and nobody is told
        return not is_cut

    def _judged(self) -> tuple[bool, bool]:
        """Whether this message is the one, and whether it still arrives."""
        with self._lock:
            if self._left is None:
                return False, True
            self._left -= 1
            if self._left >= 0:
                return False, True
            self._left, self.has_cut = None, True
            return True, self._after
