"""What was said over HTTP, as values: requests received, and whole exchanges kept."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

#: So many exchanges are kept, the newest.
KEPT = 5000
#: So many bytes of each body are kept.
KEPT_BYTES = 65536

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came over the wire, its body whole."""

    method: str
    #: Without the query, as it was written.
    path: str
    #: Without the question mark.
    query: str = ""
    headers: Headers = ()
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query, as the request line has them."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header(self, name: str) -> str | None:
        """The first header of that name, in whatever case."""
        return next((said for key, said in self.headers if key.lower() == name.lower()), None)

    def json(self) -> Any:
        """What the body says. Raises `ValueError` if it is no JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came of it, by the monotonic clock; bodies are cut at `KEPT_BYTES`."""

    method: str
    path: str
    query: str
    request_headers: Headers
    request_body: bytes
    invoked_ns: int
    #: `None` until it is over.
    returned_ns: int | None = None
    #: `None` if no answer came, or not yet.
    status: int | None = None
    #: The answer's body; or why there is none.
    reply_body: bytes = b""


class Journal:
    """The newest exchanges, written from many threads."""

    def __init__(self) -> None:
        self._kept: dict[int, Exchange] = {}
        self._count = 0
        self._lock = threading.Lock()

    def open(self, request: Received) -> int:
        """Note that a request was made; the number by which its end is told."""
        exchange = Exchange(
            method=request.method,
            path=request.path,
            query=request.query,
            request_headers=request.headers,
            request_body=request.body[:KEPT_BYTES],
            invoked_ns=time.monotonic_ns(),
        )
        with self._lock:
            self._count += 1
            self._kept[self._count] = exchange
            self._kept.pop(self._count - KEPT, None)
            return self._count

    def end(self, number: int, status: int | None, reply: bytes) -> None:
        """Note what came of a request: without a status, why no answer came."""
        now = time.monotonic_ns()
        with self._lock:
            if number in self._kept:
                self._kept[number] = replace(
                    self._kept[number],
                    status=status,
                    reply_body=reply[:KEPT_BYTES],
                    returned_ns=now,
                )

    def exchanges(self) -> tuple[Exchange, ...]:
        """What is kept, in the order in which requests were made."""
        with self._lock:
            return tuple(self._kept.values())


def request(method: str, target: str, headers: Headers, body: bytes) -> Received:
    """A request from the parts that are on the wire."""
    path, _, query = target.partition("?")
    return Received(method=method, path=path, query=query, headers=headers, body=body)
