"""
A recording HTTP proxy, and a server of the suite's own.

    with Tap("http://127.0.0.1:3001") as tap:      # tap.url in place of the real address
        tap.answer(503, path="/api/jobs/claim")
        ...
        tap.forward()
        tap.exchanges()

What is said later holds before what was said earlier; `forward` forgets it all. Each rule may be for
one path alone. Requests are handed on and answers handed back whole, byte by byte as they came but
for the headers of the connection and `Host`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx

from proofbook.errors import NoVerdict
from proofbook.instruments import raw_http
from proofbook.instruments.exchanges import Exchange, Journal, Received
from proofbook.instruments.http_server import HOP_BY_HOP, Connection
from proofbook.instruments.listener import HOST, Listener, reset

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from proofbook.instruments.exchanges import Headers

__all__ = ["Exchange", "FakeServer", "Received", "Tap"]

#: What a handler gives: status, body, and headers if it likes.
Answer = tuple[int, Any] | tuple[int, Any, Mapping[str, str]]
_JSON = {"Content-Type": "application/json"}


class _Server:
    """A port, a journal of what was asked on it, and an answer to each request."""

    def __init__(self, port: int = 0) -> None:
        self._journal = Journal()
        self._listener = Listener(lambda peer: _served(peer, self), port)
        self.url = f"http://{HOST}:{self._listener.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cut every connection and wait for every thread."""
        self._listener.close()

    def exchanges(self) -> tuple[Exchange, ...]:
        """What was asked and answered, in the order in which requests came."""
        return self._journal.exchanges()

    def respond(self, received: Received, reply: Connection) -> None:
        """Answer one request, and keep both."""
        raise NotImplementedError


class FakeServer(_Server):
    """
    A server whose every answer is `handler(request)`: `(200, {"job": None})`.

    The body is bytes, text, or anything that JSON holds. A handler that raises answers 500, and
    closing the server raises `NoVerdict` with its error: that was the suite's fault, not the target's.
    """

    def __init__(self, handler: Callable[[Received], Answer], *, port: int = 0) -> None:
        self._handler = handler
        self._failed: list[Exception] = []
        super().__init__(port)

    def close(self) -> None:
        """Cut every connection, wait for every thread, and tell of a handler's error."""
        super().close()
        if self._failed:
            first = self._failed.pop(0)
            self._failed.clear()
            raise NoVerdict(f"the suite's own server failed: {first!r}") from first

    def respond(self, received: Received, reply: Connection) -> None:
        """Answer as the handler says."""
        number = self._journal.open(received)
        try:
            status, headers, body = _whole(self._handler(received))
        except Exception as error:  # noqa: BLE001 - raised again when the server is closed
            self._failed.append(error)
            status, headers, body = 500, (), repr(error).encode()
        self._journal.end(number, status, body)
        reply.answer(status, headers, body)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is done with requests to one path, or to all."""

    path: str | None
    act: Callable[[int, Received, Connection], None]


class Tap(_Server):
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
        whole = _whole((status, body, headers or {}))

        def act(number: int, _: Received, reply: Connection) -> None:
            self._journal.end(number, status, whole[2])
            reply.answer(*whole)

        self._add(path, act)

    def delay(self, seconds: float, *, path: str | None = None) -> None:
        """Hand on after a while."""

        def act(number: int, received: Received, reply: Connection) -> None:
            self._listener.closing.wait(seconds)
            self._pass(number, received, reply)

        self._add(path, act)

    def blackhole(self, *, path: str | None = None) -> None:
        """Take requests and neither hand them on nor answer, until the rules are forgotten."""
        released = self._changed

        def act(number: int, _: Received, reply: Connection) -> None:
            released.wait()
            self._journal.end(number, None, b"swallowed")
            reset(reply.connection)
            reply.close_connection = True

        self._add(path, act)

    def reset(self, *, after_bytes: int = 0, path: str | None = None) -> None:
        """Hand on, and cut the answer with a reset: the upstream did it, and nobody is told."""

        def act(number: int, received: Received, reply: Connection) -> None:
            self._pass(number, received, reply, only=after_bytes)

        self._add(path, act)

    def respond(self, received: Received, reply: Connection) -> None:
        """Do with one request as the newest rule for its path says."""
        number = self._journal.open(received)
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
        upstream = self._upstream
        try:
            answer = raw_http.exchange(
                upstream,
                received.method,
                _asked(upstream, received),
                self._patience,
                self._listener.hold,
            )
        except httpx.HTTPError as error:
            self._journal.end(number, None, str(error).encode())
            reset(reply.connection)
            reply.close_connection = True
            return
        if only is None:
            self._journal.end(number, answer.status, answer.body)
            reply.answer(answer.status, answer.headers, answer.body)
            return
        reply.answer(answer.status, answer.headers, answer.body, only=only)
        self._journal.end(number, None, f"cut after {only} bytes".encode())
        reset(reply.connection)
        reply.close_connection = True


def _served(peer: Any, server: _Server) -> None:
    Connection(peer, server)


def _asked(upstream: str, received: Received) -> bytes:
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


def _whole(answer: Answer) -> tuple[int, Headers, bytes]:
    """Status, headers, bytes; what is neither bytes nor text is JSON, and says so."""
    status, body, *more = answer
    headers = dict(more[0]) if more else {}
    if isinstance(body, bytes):
        return status, tuple(headers.items()), body
    if isinstance(body, str):
        return status, tuple(headers.items()), body.encode()
    return status, tuple({**_JSON, **headers}.items()), json.dumps(body).encode()
