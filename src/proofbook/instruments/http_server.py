"""The serving side of HTTP/1.1 on one connection: whole requests in, whole answers out."""

from __future__ import annotations

import http.server
from typing import TYPE_CHECKING, Any, Protocol

from proofbook.instruments.exchanges import request

if TYPE_CHECKING:
    import socket

    from proofbook.instruments.exchanges import Headers, Received

#: Headers of one connection alone (RFC 9110, section 7.6.1), which a proxy does not hand on.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_LONGEST_LINE = 65536
#: Statuses whose answers have no body (RFC 9110, section 6.4.1).
_BODILESS = frozenset({204, 304})


class Responder(Protocol):
    """Who answers: what it does with a request is its own affair, also nothing."""

    def respond(self, received: Received, reply: Connection) -> None:
        """Answer with `reply.answer`, or end the connection."""


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection, request after request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, peer: socket.socket, responder: Responder) -> None:
        self._responder = responder
        server: Any = None
        super().__init__(peer, ("", 0), server)

    def handle_one_request(self) -> None:
        """Read one request, whatever its method, and have it answered."""
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
        if not self.raw_requestline or len(self.raw_requestline) > _LONGEST_LINE:
            self.close_connection = True
        elif self.parse_request():
            headers: Headers = tuple(self.headers.items())
            self._responder.respond(request(self.command, self.path, headers, self._body()), self)

    def answer(
        self, status: int, headers: Headers = (), body: bytes = b"", *, only: int | None = None
    ) -> None:
        """Send a whole answer; `only`: as much of its bytes, for one that is cut."""
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in _OURS]
        if status not in _BODILESS:
            said = {name.lower(): value for name, value in headers}
            length = said.get("content-length") if self.command == "HEAD" else None
            lines.append(f"Content-Length: {length or len(body)}")
        if self.close_connection:
            lines.append("Connection: close")
        sent = body if self.command != "HEAD" and status not in _BODILESS else b""
        whole = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + sent
        self.wfile.write(whole if only is None else whole[:only])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """Nothing is printed: the journal has it all."""

    def _body(self) -> bytes:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return b"".join(iter(self._chunk, b""))
        length = self.headers.get("Content-Length") or "0"
        return self.rfile.read(int(length)) if length.isdecimal() else b""

    def _chunk(self) -> bytes:
        """One chunk; empty at the end, trailers read."""
        size = self.rfile.readline(_LONGEST_LINE).partition(b";")[0].strip()
        length = int(size, 16) if size else 0
        data = self.rfile.read(length)
        while self.rfile.readline(_LONGEST_LINE).strip() and not length:
            pass
        return data


_OURS = HOP_BY_HOP | {"content-length"}
