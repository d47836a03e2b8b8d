"""
A source site that takes connections and never answers.

    with SilentSite() as site:
        site.opened, site.open     how many connections there were, and how many stand
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
        self.opened = 0
        self.open = 0
        self._lock = threading.Lock()
        super().__init__()
        self.url = f"http://{self.host}:{self.port}"

    def serve(self, peer: socket.socket) -> None:
        """Read to the end."""
        with self._lock:
            self.opened += 1
            self.open += 1
        try:
            while peer.recv(CHUNK):
                pass
        finally:
            with self._lock:
                self.open -= 1
