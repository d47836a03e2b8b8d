"""A crowd: everybody is connected before anybody speaks."""

from __future__ import annotations

import select
import threading
from typing import TYPE_CHECKING

import pytest

from checks.kernel.crowd import Crowd
from checks.kernel.replies import UNANSWERED
from proofbook import NoVerdict
from proofbook.instruments.raw_http import request
from proofbook.instruments.servers import FakeServer
from tests.engine.instruments.test_http import closed_port

if TYPE_CHECKING:
    from proofbook.instruments.exchanges import Received

CALLERS = 20


def test_all_are_open_at_once_and_each_has_its_answer() -> None:
    """Nobody is answered before the last has spoken, where nobody may be."""
    gathered = threading.Barrier(CALLERS + 1, timeout=60)

    def answer(_: Received) -> tuple[int, str]:
        gathered.wait()
        return 200, "done"

    with FakeServer(answer) as server:
        asked = request(server.url, "POST", "/sign", b"{}", {})
        with Crowd(server.url, [asked] * CALLERS) as crowd:
            at_once = crowd.release()
            gathered.wait()  # the answers may come once they were counted
            statuses = crowd.statuses(60)

    assert at_once == CALLERS
    assert statuses == [200] * CALLERS


def test_whoever_is_not_answered_in_time_is_told_apart() -> None:
    """One that hangs is no answer; the others have theirs."""
    held = threading.Event()

    def answer(received: Received) -> tuple[int, str]:
        if received.path == "/hangs":
            held.wait(60)
        return 503, "later"

    with FakeServer(answer) as server:
        asked = [request(server.url, "GET", path, b"", {}) for path in ("/hangs", "/answers")]
        with Crowd(server.url, asked) as crowd:
            crowd.release()
            answered, _, _ = select.select(crowd._callers[1:], [], [], 60)
            statuses = crowd.statuses(0.5)
            held.set()

    assert answered
    assert statuses == [UNANSWERED, 503]


def test_where_nobody_takes_connections_there_is_no_verdict() -> None:
    """Then nothing was asked."""
    with closed_port() as port, pytest.raises(NoVerdict) as refused:
        Crowd(f"http://127.0.0.1:{port}", [b"", b""])

    assert str(refused.value).startswith(f"http://127.0.0.1:{port} does not take 2 connections: ")
