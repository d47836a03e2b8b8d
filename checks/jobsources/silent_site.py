"""
A source site that takes connections and never answers.

    with SilentSite() as site:
        site.opened, site.open     how many connections there were, and how many stand
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from proofbook.instruments.listener import HOST, Listener

if TYPE_CHECKING:
    import socket
    from types import TracebackType

CHUNK = 65536


class SilentSite:
    """It reads what it is asked until the other side ends."""

    def __init__(self) -> None:
        self.opened = 0
        self.open = 0
        self._lock = threading.Lock()
        self._listener = Listener(self._serve)
        self.url = f"http://{HOST}:{self._listener.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    def _serve(self, peer: socket.socket) -> None:
        with self._lock:
            self.opened += 1
            self.open += 1
        try:
            while peer.recv(CHUNK):
                pass
        finally:
            with self._lock:
                self.open -= 1
