"""A wire that breaks at one message."""

from __future__ import annotations

import socket

import pytest

from checks.jobsources.cutter import Cutter
from proofbook.instruments.listener import HOST, Listener


@pytest.mark.parametrize(("after", "arrived"), [(False, [b"one"]), (True, [b"one", b"two"])])
def test_the_second_message_is_the_last(*, after: bool, arrived: list[bytes]) -> None:
    """Before it arrives, or after, when nobody hears of it any more."""
    heard: list[bytes] = []

    def echo(peer: socket.socket) -> None:
        while told := peer.recv(100):
            heard.append(told)
            peer.sendall(told)

    listener = Listener(echo)
    try:
        with Cutter(HOST, listener.port) as cutter:
            cutter.arm(1, after=after)
            with socket.create_connection((HOST, cutter.port)) as line:
                line.sendall(b"one")
                first = line.recv(100)
                line.sendall(b"two")
                second = line.recv(100)
            has_cut = cutter.has_cut
            cutter.disarm()
            with socket.create_connection((HOST, cutter.port)) as line:
                line.sendall(b"three")
                third = line.recv(100)
    finally:
        listener.close()

    assert (first, second, third, has_cut) == (b"one", b"", b"three", True)
    assert heard == [*arrived, b"three"]
