"""Servers of a test's own around the worker: the API that it calls back, the site that it scrapes."""

from __future__ import annotations

import json
import select
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Respond = Callable[["Asked"], tuple[int, str]]

HELD_SECONDS = 20


@dataclass(frozen=True)
class Asked:
    """One request, headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """Its JSON."""
        return json.loads(self.content)


@dataclass
class Server:
    """What it was asked; `respond` makes each answer, while `is_open` is set."""

    respond: Respond
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)
    #: Requests that wait to be answered, and those whose sender went away meanwhile.
    held: int = 0
    left: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def to(self, path: str) -> list[Asked]:
        """What it was asked on one path."""
        return [each for each in self.asked if each.path == path]

    def handle(self, asked: Asked, peer: socket.socket) -> tuple[int, str] | None:
        """The answer, when it is open; None if the other side left before."""
        with self.lock:
            self.asked.append(asked)
            self.held += 1
        try:
            for _ in range(HELD_SECONDS * 50):
                if self.is_open.wait(0.02):
                    return self.respond(asked)
                if select.select([peer], [], [], 0)[0] and not peer.recv(1, socket.MSG_PEEK):
                    break
        finally:
            with self.lock:
                self.held -= 1
        with self.lock:
            self.left += 1
        return None


@contextmanager
def serving(respond: Respond) -> Iterator[Server]:
    """One that listens, and is open."""
    server = Server(respond)
    server.is_open.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            content = self.rfile.read(int(headers.get("content-length", "0")))
            asked = Asked(self.command, self.path, headers, content)
            answer = server.handle(asked, self.connection)
            if answer is None:
                self.close_connection = True
                return
            status, text = answer
            raw = text.encode()
            self.send_response(status)
            kind = "text/html; charset=utf-8" if text.startswith("<") else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Metadata-Flavor", "Google")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(raw)

        do_GET = do_POST  # noqa: N815 - the base's own name

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    try:
        yield server
    finally:
        server.is_open.set()
        listening.shutdown()
        thread.join()
        listening.server_close()


def listing(*numbers: int, more: str = "") -> str:
    """A listing page that names these offers."""
    links = "".join(
        f'<a href="https://it.pracuj.pl/praca/job-{n},oferta,{n}?s=x#y">job {n}</a>'
        for n in numbers
    )
    return f'<html><section data-test="section-offers"><div>{links}</div></section>{more}</html>'


def detail(number: int, **changes: Any) -> str:
    """An offer's page."""
    posting = {
        "@type": "JobPosting",
        "title": f"Job {number}",
        "description": "<p>Writes <b>Python</b></p>",
        "hiringOrganization": {"name": "Company"},
        "jobLocation": {"address": {"addressLocality": "Kraków"}},
    } | changes
    script = json.dumps(posting).replace("<", "\\u003c")
    return f'<html><script type="application/ld+json">{script}</script></html>'


def site(asked: Asked) -> tuple[int, str]:
    """A site whose every listing names two offers."""
    if ",oferta," in asked.path:
        return 200, detail(int(asked.path.rpartition(",")[2]))
    return 200, listing(1001, 1002)


def api(_asked: Asked) -> tuple[int, str]:
    """An API that takes everything."""
    return 201, '{"success":true,"data":{"ok":true}}'
