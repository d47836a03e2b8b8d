"""
A TCP port of the suite's own, with a thread for each connection.

Closing it cuts every connection and waits for every thread: nothing of it is left.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from proofbook.instruments import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
#: Closing with this option sends a reset instead of an end (SO_LINGER on, 0 seconds).
_AT_ONCE = struct.pack("ii", 1, 0)


class Listener:
    """
    Listens on loopback and hands each connection to `serve` in a thread of its own.

    `serve` may see any `OSError` of its connection, which then has ended; it is closed afterwards.
    `port` 0 is a free one. Raises `OSError` if the port is taken.
    """

    def __init__(self, serve: Callable[[socket.socket], None], port: int = 0) -> None:
        self._serve = serve
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._peers: set[socket.socket] = set()
        #: Set once it is closed: who waits for something waits for this, too.
        self.closing = threading.Event()
        self._socket = _bound(port)
        self.port: int = self._socket.getsockname()[1]
        guard.own(self.port)
        self._accepting = self._accept_on(self._socket)

    def close(self) -> None:
        """Take no more connections, cut those there are, wait for their threads; twice is once."""
        self.closing.set()
        guard.disown(self.port)
        self._stop()
        self.cut()
        while threads := self._running():
            for thread in threads:
                thread.join()

    def refuse(self) -> None:
        """Refuse new connections, keeping the port; those that stand go on."""
        self._stop()
        # Bound and not listening: nobody else gets the port, and who connects is refused.
        self._socket = _bound(self.port)

    def accept(self) -> None:
        """Take connections again after `refuse`."""
        if not self._accepting.is_alive():
            self._accepting = self._accept_on(self._socket)

    def cut(self) -> None:
        """End every connection that stands, as if the line were cut: both sides see an end."""
        with self._lock:
            for peer in self._peers:
                _shut(peer)

    def _stop(self) -> None:
        _shut(self._socket)
        self._accepting.join()
        self._socket.close()

    @contextmanager
    def hold(self, peer: socket.socket) -> Iterator[None]:
        """Count a connection that was made on behalf of another among those that are cut."""
        with self._lock:
            self._peers.add(peer)
        try:
            if self.closing.is_set():
                _shut(peer)
            yield
        finally:
            with self._lock:
                self._peers.discard(peer)

    def _accept_on(self, listening: socket.socket) -> threading.Thread:
        listening.listen(128)
        thread = threading.Thread(target=self._accept, args=(listening,), name=f"port {self.port}")
        thread.start()
        return thread

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                peer, _ = listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._attend, args=(peer,), name=f"peer {self.port}")
            with self._lock:
                self._peers.add(peer)
                self._threads.add(thread)
            thread.start()

    def _attend(self, peer: socket.socket) -> None:
        try:
            if not self.closing.is_set():
                with suppress(OSError):
                    self._serve(peer)
        finally:
            with self._lock:
                self._peers.discard(peer)
                self._threads.discard(threading.current_thread())
            peer.close()

    def _running(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._threads)


def _shut(peer: socket.socket) -> None:
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)


def reset(peer: socket.socket) -> None:
    """End a connection with a reset: what was not read yet is lost to the other side."""
    with suppress(OSError):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        os.close(peer.detach())


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
    except OSError:
        made.close()
        raise
    return made
