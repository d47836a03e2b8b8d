"""A page behind a certificate that nobody has to trust."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook.instruments import raw_http
from proofbook.instruments.listener import HOST, Listener
from systems.chassis import certificate, tls_front

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def page(folder: Path, answer: bytes) -> Iterator[tuple[str, Path]]:
    """The base URL of a server that answers this to each request, and the certificate that one would have to trust."""
    file = folder / "certificate.pem"
    certificate.write(file)
    context = tls_front.context(str(file))

    def serve(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as safe:
            safe.recv(65536)
            safe.sendall(answer)

    listener = Listener(serve)
    raw_http.trust.cache_clear()
    try:
        yield f"https://{HOST}:{listener.port}", file
    finally:
        listener.close()
        raw_http.trust.cache_clear()
