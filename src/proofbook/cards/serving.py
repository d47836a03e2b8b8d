"""Serve the site to its author: each page is built anew when the runbooks or the evidence changed."""

from __future__ import annotations

import html
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import TYPE_CHECKING, Any

from proofbook.cards import book, site
from proofbook.errors import ProofbookError, SiteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOST = "127.0.0.1"


def serve(
    root: Path,
    *,
    builder: str = "mkdocs",
    out: Path | None = None,
    port: int = 8000,
    ready: Callable[[str], None],
) -> None:
    """
    Serve the site of `root` on this machine until interrupted; `ready` is told its address once.

    Raises what `site.build` raises for the first build, and `SiteError` where the port is taken.
    """
    fresh = Fresh(root, builder=builder, out=out)
    folder = fresh.built()
    try:
        server = ThreadingHTTPServer((HOST, port), partial(_Handler, fresh=fresh, directory=folder))
    except OSError as error:
        raise SiteError(
            f"{HOST}:{port}: the site cannot be served there: {error.strerror}. Choose another port."
        ) from None
    with server:
        ready(f"http://{HOST}:{server.server_address[1]}/")
        server.serve_forever()


class Fresh:
    """A site that is as new as what it is built from."""

    def __init__(self, root: Path, *, builder: str, out: Path | None) -> None:
        self._root = root
        self._builder = builder
        self._out = out
        self._lock = Lock()
        self._state: object = None

    def built(self) -> Path:
        """The folder of the site, built again if something changed since it was."""
        with self._lock:
            state = book.state(self._root)
            if state != self._state:
                self._folder = site.build(self._root, builder=self._builder, out=self._out)
                self._state = state
            return self._folder


class _Handler(SimpleHTTPRequestHandler):
    """Answers with files of the site, and with what is wrong where it cannot be built."""

    def __init__(self, *arguments: Any, fresh: Fresh, directory: Path) -> None:
        self._fresh = fresh
        super().__init__(*arguments, directory=str(directory))

    def do_GET(self) -> None:
        """A page is built first, if need be."""
        if self.path.partition("?")[0].endswith(("/", ".html")):
            try:
                self._fresh.built()
            except ProofbookError as error:
                self._say(str(error))
                return
        super().do_GET()

    def _say(self, message: str) -> None:
        """Answer with what is wrong."""
        body = f"<!doctype html><meta charset=utf-8><title>Not built</title><pre>{html.escape(message)}"
        self.send_response(HTTPStatus.INTERNAL_SERVER_ERROR)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def end_headers(self) -> None:
        """No page is kept by a browser: it could show a verdict of before."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing of each request."""
