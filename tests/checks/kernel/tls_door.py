"""TLS in front of a PostgreSQL that speaks none, as PostgreSQL speaks it: asked for within a plain connection."""

from __future__ import annotations

import select
import socket
import ssl
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook.instruments.listener import Listener
from systems.chassis import tls_front

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The codes of a client's first words (PostgreSQL's protocol, 55.7).
TLS, GSS = 80877103, 80877104
REFUSAL = b"SFATAL\0VFATAL\0C28000\0Mno pg_hba.conf entry for this host, no encryption\0\0"
CHUNK = 65536


@contextmanager
def tls_door(upstream: int, *, is_open: bool) -> Iterator[int]:
    """A port that leads to a PostgreSQL on another by TLS; where it `is_open`, without TLS, too."""
    context = tls_front.context("")

    def serve(peer: socket.socket) -> None:
        length, code = first = struct.unpack("!II", _exactly(peer, 8))
        while code == GSS:
            peer.sendall(b"N")
            length, code = first = struct.unpack("!II", _exactly(peer, 8))
        with socket.create_connection(("127.0.0.1", upstream)) as server:
            if code == TLS:
                peer.sendall(b"S")
                with context.wrap_socket(peer, server_side=True) as safe:
                    _hand_on(safe, server)
            elif is_open:
                server.sendall(struct.pack("!II", *first) + _exactly(peer, length - 8))
                _hand_on(peer, server)
            else:
                peer.sendall(b"E" + struct.pack("!I", 4 + len(REFUSAL)) + REFUSAL)

    listener = Listener(serve)
    try:
        yield listener.port
    finally:
        listener.close()


def _exactly(peer: socket.socket, size: int) -> bytes:
    held = b""
    while len(held) < size and (piece := peer.recv(size - len(held))):
        held += piece
    if len(held) < size:
        raise ConnectionError("it ended before it had said who it was")
    return held


def _hand_on(one: socket.socket, other: socket.socket) -> None:
    """Hand on in both directions until one of them ends."""
    while True:
        pending = isinstance(one, ssl.SSLSocket) and one.pending()
        ready = [one] if pending else select.select([one, other], [], [])[0]
        for source in ready:
            piece = source.recv(CHUNK)
            if not piece:
                return
            (other if source is one else one).sendall(piece)
