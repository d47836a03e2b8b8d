"""
A source site that takes connections and never answers.

    with SilentSite() as site:
        site.asked(run), site.standing(run)     on how many connections a run's listing was asked for,
                                                and how many of them stand

Connections on which nothing was asked count for nobody: some clients open one to have it at hand.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from proofbook.instruments.served import Served

if TYPE_CHECKING:
    import socket

CHUNK = 65536


class SilentSite(Served):
    """It reads what it is asked until the other side ends."""

    def __init__(self) -> None:
        #: What was heard on each connection, by its number, and which of them stand.
        self._heard: dict[int, bytes] = {}
        self._standing: set[int] = set()
        self._lock = threading.Lock()
        super().__init__()
        self.url = f"http://{self.host}:{self.port}"

    def asked(self, run: str) -> int:
        """How many connections there were on which a run's listing was asked for."""
        with self._lock:
            return len(self._of(run))

    def standing(self, run: str) -> int:
        """How many of them there are still."""
        with self._lock:
            return len(self._of(run) & self._standing)

    def serve(self, peer: socket.socket) -> None:
        """Read to the end."""
        with self._lock:
            number = len(self._heard)
            self._heard[number] = b""
            self._standing.add(number)
        try:
            while chunk := peer.recv(CHUNK):
                with self._lock:
                    self._heard[number] += chunk
        finally:
            with self._lock:
                self._standing.remove(number)

    def _of(self, run: str) -> set[int]:
        return {number for number, heard in self._heard.items() if run.encode() in heard}
