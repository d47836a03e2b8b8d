"""
A TCP proxy before a store: it can be slow, silent, deaf or cut.

    with TcpProxy("127.0.0.1", 5432) as proxy:
        dsn = proxy.instead_of(dsn)
        proxy.freeze()
"""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proofbook.instruments.listener import reset
from proofbook.instruments.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 65536
_CONNECT_SECONDS = 2.0


@dataclass(eq=False, slots=True)
class _Pair:
    """Both sides of one connection."""

    client: socket.socket
    upstream: socket.socket
    is_reset: bool = False


class TcpProxy(Served):
    """Hands bytes on between who connects here and `host:port`, as it is told."""

    def __init__(self, host: str, port: int, *, listen: int = 0) -> None:
        self._upstream = (host, port)
        self._delay_seconds = 0.0
        self._is_frozen = False
        self._is_shut = False
        self._cuts_answers = False
        #: Pieces that were delayed and connections that were cut so far.
        self.harmed = 0
        self._changed = threading.Condition()
        self._pairs: set[_Pair] = set()
        super().__init__(listen)

    def close(self) -> None:
        """Cut every connection and wait for every thread."""
        self.listener.closing.set()
        self._set_frozen(frozen=False)
        super().close()

    def instead_of(self, url: str) -> str:
        """A URL with this proxy's address in place of its own; user, password and path stay."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        place = f"{self.host}:{self.port}"
        return parts._replace(netloc=f"{user}@{place}" if user else place).geturl()

    def forward(self) -> None:
        """Hand everything on at once, and take connections again."""
        self._delay_seconds = 0.0
        self._is_shut = self._cuts_answers = False
        self._set_frozen(frozen=False)
        self.listener.accept()

    def delay(self, seconds: float) -> None:
        """Hand on each piece after a while."""
        self._delay_seconds = seconds

    def freeze(self) -> None:
        """Hand nothing on, and end nothing: each side waits for the other."""
        self._set_frozen(frozen=True)

    def drop(self) -> None:
        """Cut what stands and refuse what comes, as if the other side had ended."""
        self.listener.refuse()
        self.listener.cut()

    def reset(self) -> None:
        """Cut what stands with a reset; who connects again is served."""
        with self._changed:
            for pair in self._pairs:
                self._reset(pair)
            self._changed.notify_all()

    def shut(self) -> None:
        """Cut what stands with a reset, and who connects again at once: the port listens, and serves nobody."""
        self._is_shut = True
        self.reset()

    def cut_answers(self) -> None:
        """Hand on half of what the other side says next on a connection, and cut that with a reset."""
        self._cuts_answers = True

    def _reset(self, pair: _Pair) -> None:
        """Mark a connection as cut; called under the lock."""
        self.harmed += not pair.is_reset
        pair.is_reset = True
        for peer in (pair.client, pair.upstream):
            # Wakes who reads, and sends nothing yet: the reset follows from its own thread.
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RD)

    def _set_frozen(self, *, frozen: bool) -> None:
        with self._changed:
            self._is_frozen = frozen
            self._changed.notify_all()

    def serve(self, peer: socket.socket) -> None:
        """One connection: two ways, each in a thread, until both have ended."""
        if self._is_shut:
            self._count()
            reset(peer)
            return
        with closing(socket.create_connection(self._upstream, _CONNECT_SECONDS)) as upstream:
            upstream.settimeout(None)
            for end in (peer, upstream):
                # A request in two pieces is not to wait for the first to be acknowledged.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = _Pair(peer, upstream)
            with self.listener.hold(upstream), self._counted(pair):
                back = threading.Thread(target=self._pump, args=(pair, upstream, peer))
                back.start()
                self._pump(pair, peer, upstream)
                back.join()
            if pair.is_reset:
                reset(peer)
                reset(upstream)

    @contextmanager
    def _counted(self, pair: _Pair) -> Iterator[None]:
        with self._changed:
            self._pairs.add(pair)
        try:
            yield
        finally:
            with self._changed:
                self._pairs.discard(pair)

    def _pump(self, pair: _Pair, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while (piece := source.recv(_CHUNK)) and self._may_pass(pair):
                if self._delay_seconds:
                    self._count()
                    self.listener.closing.wait(self._delay_seconds)
                if self._cuts_answers and source is pair.upstream:
                    sink.sendall(piece[: len(piece) // 2])
                    with self._changed:
                        self._reset(pair)
                    break
                sink.sendall(piece)
        if self._may_pass(pair):
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)

    def _count(self) -> None:
        with self._changed:
            self.harmed += 1

    def _may_pass(self, pair: _Pair) -> bool:
        """Wait while frozen; false if the connection was reset meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: pair.is_reset or not self._is_frozen)
        return not pair.is_reset
