"""A wire of a test's own between an API and its store: cut at a statement, or silent."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65_536
TICK_SECONDS = 0.05


@dataclass
class Wire:
    """What passes: `cut_after` sendings to the store from now on the connection breaks; None: never."""

    port: int = 0
    cut_after: int | None = None
    is_frozen: bool = False
    is_over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_cut(self) -> bool:
        """Whether this sending is the one that gets lost."""
        with self.lock:
            if self.cut_after is None:
                return False
            self.cut_after -= 1
            return self.cut_after < 0


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    """One that listens on a port of its own, and leads to a port of this machine."""
    found = Wire()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(TICK_SECONDS)
    found.port = listener.getsockname()[1]

    def accept() -> None:
        while not found.is_over:
            with suppress(TimeoutError):
                near, _ = listener.accept()
                threading.Thread(target=_pass, args=(found, near, port), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield found
    finally:
        found.is_over = True
        thread.join()
        listener.close()


def _pass(wire: Wire, near: socket.socket, port: int) -> None:
    with near, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as far:
        while not wire.is_over:
            for end in select.select([near, far], [], [], TICK_SECONDS)[0]:
                if wire.is_frozen:
                    threading.Event().wait(TICK_SECONDS)
                    continue
                told = end.recv(CHUNK)
                if not told or (end is near and wire.is_cut()):
                    return
                (far if end is near else near).sendall(told)
