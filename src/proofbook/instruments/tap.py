"""
A recording HTTP proxy, and a server of the suite's own.

    with Tap("http://127.0.0.1:3001") as tap:      # tap.url in place of the real address
        tap.answer(503, path="/api/jobs/claim")
        ...
        tap.forward()
        tap.exchanges()

`change` puts other words into answers. What is said later holds before what was said earlier; `forward` forgets it all. Each rule may be for
one path alone. Requests are handed on and answers handed back whole, byte by byte as they came but
for the headers of the connection and `Host`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from proofbook.instruments import raw_http
from proofbook.instruments.exchanges import Exchange, Received
from proofbook.instruments.http_server import HOP_BY_HOP
from proofbook.instruments.listener import reset
from proofbook.instruments.servers import FakeServer, Server, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.instruments.exchanges import Headers
    from proofbook.instruments.http_server import Connection

__all__ = ["Exchange", "FakeServer", "Received", "Tap"]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is done with requests to one path, or to all."""

    path: str | None
    act: Callable[[int, Received, Connection], None]


class Tap(Server):
    """A proxy before `upstream`, a base URL, that does as it is told."""

    def __init__(self, upstream: str, *, port: int = 0, patience_seconds: float = 60.0) -> None:
        self._upstream = upstream.rstrip("/")
        self._patience = httpx.Timeout(patience_seconds, connect=2.0)
        self._rules: tuple[_Rule, ...] = ()
        #: Set when the rules change: who was kept waiting under the old ones is let go.
        self._changed = threading.Event()
        self._lock = threading.Lock()
        super().__init__(port)

    def close(self) -> None:
        """Cut every connection and wait for every thread."""
        self._changed.set()
        super().close()

    def forward(self, upstream: str | None = None) -> None:
        """Hand everything on again; `upstream`: to another address from now on."""
        with self._lock:
            self._upstream = (upstream or self._upstream).rstrip("/")
            self._rules = ()
            self._changed.set()
            self._changed = threading.Event()

    def answer(
        self,
        status: int,
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
        *,
        path: str | None = None,
    ) -> None:
        """Answer in the upstream's place, which hears nothing."""
        ours = whole((status, body, headers or {}))

        def act(number: int, _: Received, reply: Connection) -> None:
            self.journal.end(number, status, ours[2])
            reply.answer(*ours)

        self._add(path, act)

    def delay(self, seconds: float, *, path: str | None = None) -> None:
        """Hand on after a while."""

        def act(number: int, received: Received, reply: Connection) -> None:
            self.listener.closing.wait(seconds)
            self._pass(number, received, reply)

        self._add(path, act)

    def blackhole(self, *, path: str | None = None) -> None:
        """Take requests and neither hand them on nor answer, until the rules are forgotten."""
        released = self._changed

        def act(number: int, _: Received, reply: Connection) -> None:
            released.wait()
            self.journal.end(number, None, b"swallowed")
            reset(reply.connection)
            reply.close_connection = True

        self._add(path, act)

    def reset(self, *, after_bytes: int = 0, path: str | None = None) -> None:
        """Hand on, and cut the answer with a reset: the upstream did it, and nobody is told."""

        def act(number: int, received: Received, reply: Connection) -> None:
            self._pass(number, received, reply, only=after_bytes)

        self._add(path, act)

    def change(
        self, alter: Callable[[Received, int, Any], tuple[int, Any]], *, path: str | None = None
    ) -> None:
        """Hand on, and hand back what `alter(request, status, body)` makes of the answer; JSON is read."""

        def act(number: int, received: Received, reply: Connection) -> None:
            answer = self._asked(number, received, reply)
            if answer is not None:
                status, headers, body = whole(alter(received, answer.status, _read(answer.body)))
                self.journal.end(number, status, body)
                reply.answer(status, headers, body)

        self._add(path, act)

    def respond(self, received: Received, reply: Connection) -> None:
        """Do with one request as the newest rule for its path says."""
        number = self.journal.open(received)
        for rule in self._rules:
            if rule.path in (None, received.path):
                rule.act(number, received, reply)
                return
        self._pass(number, received, reply)

    def _add(self, path: str | None, act: Callable[[int, Received, Connection], None]) -> None:
        with self._lock:
            self._rules = (_Rule(path, act), *self._rules)

    def _pass(
        self, number: int, received: Received, reply: Connection, *, only: int | None = None
    ) -> None:
        answer = self._asked(number, received, reply)
        if answer is None:
            return
        if only is None:
            self.journal.end(number, answer.status, answer.body)
            reply.answer(answer.status, answer.headers, answer.body)
            return
        reply.answer(answer.status, answer.headers, answer.body, only=only)
        self.journal.end(number, None, f"cut after {only} bytes".encode())
        reset(reply.connection)
        reply.close_connection = True

    def _asked(self, number: int, received: Received, reply: Connection) -> raw_http.Answer | None:
        """What the upstream says; where it says nothing, neither does the tap."""
        upstream = self._upstream
        try:
            return raw_http.exchange(
                upstream,
                received.method,
                _request(upstream, received),
                self._patience,
                self.listener.hold,
            )
        except httpx.HTTPError as error:
            self.journal.end(number, None, str(error).encode())
            reset(reply.connection)
            reply.close_connection = True
            return None


def _read(body: bytes) -> Any:
    """What a body says; the body itself where it is no JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def _request(upstream: str, received: Received) -> bytes:
    """The request for the upstream: its `Host`, and the body with its length."""
    dropped = HOP_BY_HOP | {"host", "content-length", "expect"}
    kept = tuple(each for each in received.headers if each[0].lower() not in dropped)
    if received.body or received.header("Content-Length"):
        kept = (*kept, ("Content-Length", str(len(received.body))))
    host = urlsplit(upstream).netloc.rpartition("@")[2]
    headers: Headers = (("Host", host), *kept, ("Connection", "close"))
    return raw_http.written(
        upstream, received.method, received.target, headers, received.body, encoding="latin-1"
    )
