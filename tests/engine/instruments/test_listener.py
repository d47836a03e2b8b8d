"""A port of the suite's own leaves nothing when it is closed."""

from __future__ import annotations

import socket
import threading

from proofbook.instruments.listener import Listener
from proofbook.stack.ports import Ports


def test_closing_waits_for_the_last_thread() -> None:
    """Also for one that takes its time after its connection was cut."""
    reading, ended = threading.Event(), threading.Event()
    slowly = threading.Event()

    def serve(peer: socket.socket) -> None:
        reading.set()
        while peer.recv(1):
            pass
        slowly.wait(0.2)
        ended.set()

    listener = Listener(serve)
    with socket.create_connection(("127.0.0.1", listener.port)):
        assert reading.wait(60)
        listener.close()

    assert ended.is_set()


def test_a_connection_made_while_it_closes_is_cut_at_once() -> None:
    """What is held for another is cut with it, also if it came too late for that."""
    listener = Listener(lambda _: None)
    near, far = socket.socketpair()
    with near, far:
        listener.close()
        with listener.hold(near):
            assert far.recv(1) == b""


def test_closing_twice_is_closing_once() -> None:
    """Although somebody else has the port meanwhile."""
    slot = Ports()
    # None that the kernel deals to somebody else as soon as it is free.
    listener = Listener(lambda _: None, slot.take())
    listener.close()
    other = Listener(lambda _: None, listener.port)
    listener.close()
    other.close()
    slot.close()


def test_taking_connections_twice_is_once() -> None:
    """`accept` without `refuse` changes nothing."""
    listener = Listener(lambda peer: peer.sendall(b"x"))
    listener.accept()
    with socket.create_connection(("127.0.0.1", listener.port)) as peer:
        assert peer.recv(1) == b"x"
    listener.close()
