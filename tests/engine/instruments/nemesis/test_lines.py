from __future__ import annotations

import socket
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from proofbook.instruments.listener import Listener
from proofbook.instruments.nemesis import answers_cut, delayed, shut
from proofbook.instruments.tcp_proxy import TcpProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.instruments.nemesis import Power


@pytest.fixture
def proxies() -> Iterator[list[TcpProxy]]:
    """Two proxies before a server that says back what it hears."""

    def echo(peer: socket.socket) -> None:
        while said := peer.recv(65536):
            peer.sendall(said)

    listener = Listener(echo)
    with TcpProxy("127.0.0.1", listener.port) as one, TcpProxy("127.0.0.1", listener.port) as two:
        yield [one, two]
    listener.close()


def talk(proxy: TcpProxy) -> tuple[bytes, float]:
    """What comes back of a word, and after how many seconds."""
    started, got = time.monotonic(), b""
    with suppress(OSError), closing(socket.socket()) as peer:
        peer.settimeout(10)
        peer.connect((proxy.host, proxy.port))
        peer.sendall(b"word")
        while len(got) < len(b"word") and (piece := peer.recv(10)):
            got += piece
    return got, time.monotonic() - started


@pytest.mark.parametrize(
    ("power", "heard"), [(shut, b""), (answers_cut, b"wo"), (delayed, b"word")]
)
def test_a_line_is_harmed_and_healed(
    proxies: list[TcpProxy], power: Callable[..., Power], heard: bytes
) -> None:
    """One of the lines, for as long as the deed lasts; how much of it was touched is told."""
    strike = power("line", proxies, lane="ground").strike

    # Before anybody talks: what has just been said may still be on its way out.
    with strike(3) as touch:
        pass
    assert touch() == 0
    with strike(3) as touch:
        harmed, _ = talk(proxies[1])
        whole, _ = talk(proxies[0])

    assert (harmed, whole) == (heard, b"word")
    assert touch() >= 1
    assert talk(proxies[1])[0] == b"word"


def test_a_slow_line_is_slow(proxies: list[TcpProxy]) -> None:
    """Each way."""
    with delayed("line", proxies, lane="ground").strike(0):
        assert talk(proxies[0])[1] >= 0.2
