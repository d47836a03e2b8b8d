"""HTTP servers of the suite's own, on loopback, that keep what they were asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from proofbook.errors import NoVerdict
from proofbook.instruments.exchanges import Journal
from proofbook.instruments.http_server import Connection
from proofbook.instruments.served import Served

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from proofbook.instruments.exchanges import Exchange, Headers, Received

#: What a handler gives: status, body, and headers if it likes.
Answer = tuple[int, Any] | tuple[int, Any, Mapping[str, str]]
_JSON = {"Content-Type": "application/json"}


class Server(Served):
    """A port, a journal of what was asked on it, and an answer to each request."""

    def __init__(self, port: int = 0) -> None:
        self.journal = Journal()
        super().__init__(port)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.host}:{self.port}"

    def serve(self, peer: socket.socket) -> None:
        """Answer what is asked on one connection."""
        Connection(peer, self)

    def exchanges(self) -> tuple[Exchange, ...]:
        """What was asked and answered, in the order in which requests came."""
        return self.journal.exchanges()

    def respond(self, received: Received, reply: Connection) -> None:
        """Answer one request, and keep both."""
        raise NotImplementedError


class FakeServer(Server):
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
        number = self.journal.open(received)
        try:
            status, headers, body = whole(self._handler(received))
        except Exception as error:  # noqa: BLE001 - raised again when the server is closed
            self._failed.append(error)
            status, headers, body = 500, (), repr(error).encode()
        self.journal.end(number, status, body)
        reply.answer(status, headers, body)


def whole(answer: Answer) -> tuple[int, Headers, bytes]:
    """Status, headers, bytes; what is neither bytes nor text is JSON, and says so."""
    status, body, *more = answer
    headers = dict(more[0]) if more else {}
    if isinstance(body, bytes):
        return status, tuple(headers.items()), body
    if isinstance(body, str):
        return status, tuple(headers.items()), body.encode()
    return status, tuple({**_JSON, **headers}.items()), json.dumps(body).encode()
