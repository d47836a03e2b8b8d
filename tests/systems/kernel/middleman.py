"""A server of a test's own between the Kernel and a server that it asks: it passes on, or answers itself."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Middleman:
    """What it was asked, and what it makes of each answer."""

    upstream: str = ""
    url: str = ""
    delay_seconds: float = 0
    change: Callable[[str, int, Any], tuple[int, Any]] = lambda _path, status, body: (status, body)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    #: One for all: to make one takes longer than to ask.
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """The answer to one request."""
        self.asked.append((path, json.loads(body) if body else None))
        time.sleep(self.delay_seconds)
        status, told = 200, None
        if self.upstream:
            kept = {"Authorization": headers["Authorization"]} if headers["Authorization"] else {}
            try:
                url = self.upstream + path
                answer = self.client.request(method, url, content=body, headers=kept)
            except httpx.TransportError:
                return 502, {"error": "there is nobody behind this"}
            status, told = answer.status_code, answer.json()
        return self.change(path.partition("?")[0], status, told)


@contextmanager
def middleman(upstream: str = "") -> Iterator[Middleman]:
    """One that listens; with nothing behind it, `change` makes every answer."""
    man = Middleman(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or "0"))
            status, told = man.answer(self.command, self.path, self.headers, body)
            content = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    man.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield man
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        man.client.close()
