"""A TCP proxy hands bytes on; as it is told, it is slow, silent, deaf or cut."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from proofbook.instruments.listener import Listener
from proofbook.instruments.tcp_proxy import TcpProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 60


def echo(peer: socket.socket) -> None:
    """Say back what is said, until the other side ends."""
    while said := peer.recv(65536):
        peer.sendall(said)


@pytest.fixture
def upstream() -> Iterator[Listener]:
    """A server that says back what it hears."""
    listener = Listener(echo)
    yield listener
    listener.close()


@pytest.fixture
def proxy(upstream: Listener) -> Iterator[TcpProxy]:
    """A proxy before it."""
    with TcpProxy("127.0.0.1", upstream.port) as proxy:
        yield proxy


def connect(proxy: TcpProxy) -> socket.socket:
    """A connection through the proxy."""
    return socket.create_connection((proxy.host, proxy.port), PATIENCE_SECONDS)


def said_back(peer: socket.socket, said: bytes) -> bytes:
    """What comes back for what is said."""
    peer.sendall(said)
    return peer.recv(65536)


def test_bytes_pass_both_ways(proxy: TcpProxy) -> None:
    """More than fit in a buffer, and the end of each side."""
    whole = bytes(range(256)) * 20_000
    got = b""
    with closing(connect(proxy)) as peer:

        def send() -> None:
            peer.sendall(whole)
            peer.shutdown(socket.SHUT_WR)

        sending = threading.Thread(target=send)
        sending.start()
        while piece := peer.recv(65536):
            got += piece
        sending.join()

    assert got == whole


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("postgres://app:pw@db.example:6432/app?x=y", "postgres://app:pw@{}/app?x=y"),
        ("redis://db.example/0", "redis://{}/0"),
    ],
)
def test_a_url_is_led_through_the_proxy(proxy: TcpProxy, url: str, instead: str) -> None:
    """User, password, database and options stay."""
    assert proxy.instead_of(url) == instead.format(f"127.0.0.1:{proxy.port}")


def test_a_frozen_proxy_ends_nothing_and_hands_nothing_on(proxy: TcpProxy) -> None:
    """What was said meanwhile arrives when it thaws; who connects meanwhile waits."""
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"before") == b"before"
        proxy.freeze()
        peer.sendall(b"meanwhile")
        with closing(connect(proxy)) as late:
            late.sendall(b"late")
            peer.settimeout(0.1)
            with pytest.raises(TimeoutError):
                peer.recv(1)
            proxy.forward()
            peer.settimeout(PATIENCE_SECONDS)

            assert peer.recv(100) == b"meanwhile"
            assert late.recv(100) == b"late"


def test_a_slow_proxy_takes_its_time(proxy: TcpProxy) -> None:
    """Each way."""
    proxy.delay(0.1)
    with closing(connect(proxy)) as peer:
        started = time.monotonic()
        assert said_back(peer, b"x") == b"x"

    assert time.monotonic() - started >= 0.2


def test_a_dropped_proxy_ends_and_refuses(proxy: TcpProxy) -> None:
    """Until it forwards again, on the same port."""
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"x") == b"x"
        proxy.drop()
        assert peer.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.drop()
    proxy.forward()

    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"y") == b"y"


@pytest.mark.parametrize("frozen", [False, True])
def test_a_reset_cuts_what_stands(proxy: TcpProxy, frozen: bool) -> None:  # noqa: FBT001 - a case
    """The other side sees a reset, also of a connection that was frozen; the next one is served."""
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"x") == b"x"
        if frozen:
            proxy.freeze()
            peer.sendall(b"lost")
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
    proxy.forward()
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"y") == b"y"


def test_a_shut_proxy_serves_nobody(proxy: TcpProxy) -> None:
    """What stands and what comes is reset and counted; the port listens all the while."""
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"x") == b"x"
        proxy.shut()
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
    with pytest.raises(ConnectionResetError), closing(connect(proxy)) as peer:
        said_back(peer, b"x")
    assert proxy.harmed == 2
    proxy.forward()
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"y") == b"y"


def test_an_answer_is_cut_in_its_middle(proxy: TcpProxy) -> None:
    """Half of it arrives, then a reset; what was asked was heard, and is counted."""
    proxy.cut_answers()
    with closing(connect(proxy)) as peer:
        got = said_back(peer, b"whole")
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
    proxy.forward()

    assert got == b"wh"
    assert proxy.harmed == 1
    with closing(connect(proxy)) as peer:
        assert said_back(peer, b"whole") == b"whole"


def test_an_upstream_that_is_gone_ends_the_connection(proxy: TcpProxy, upstream: Listener) -> None:
    """Nobody waits for it."""
    upstream.close()

    with closing(connect(proxy)) as peer:
        assert peer.recv(1) == b""


def test_closing_leaves_nothing(upstream: Listener) -> None:
    """With a frozen connection, an idle one and one that is full, no thread is left."""
    before = set(threading.enumerate())
    proxy = TcpProxy("127.0.0.1", upstream.port)
    peers = [connect(proxy) for _ in range(3)]
    assert said_back(peers[0], b"x") == b"x"
    proxy.freeze()
    peers[1].sendall(b"frozen")
    peers[2].settimeout(0.1)
    with pytest.raises(TimeoutError):
        peers[2].sendall(bytes(1 << 26))
    proxy.close()
    for peer in peers:
        peer.close()
    upstream.close()

    assert set(threading.enumerate()) <= before
