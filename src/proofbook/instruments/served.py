"""What the suite itself serves on a port of loopback, until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from proofbook.instruments.listener import HOST, Listener

if TYPE_CHECKING:
    import socket


class Served:
    """
    A port, each of whose connections has a thread in `serve`; a context manager.

    It takes connections from the end of `__init__` on: what `serve` needs is there before.
    """

    def __init__(self, port: int = 0) -> None:
        self.listener = Listener(self.serve, port)
        self.host, self.port = HOST, self.listener.port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Cut every connection and wait for every thread."""
        self.listener.close()

    def serve(self, peer: socket.socket) -> None:
        """Attend to one connection, which is closed afterwards; any `OSError` of it may be raised."""
        raise NotImplementedError
