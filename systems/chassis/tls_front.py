"""
TLS in front of a program that speaks none: `python -m systems.chassis.tls_front`.

Listens on PORT of 127.0.0.1 and hands what it decrypts to 127.0.0.1:UPSTREAM_PORT. CERTIFICATE names a file with a
certificate and its key; where it is empty, a certificate is made that nobody trusts.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from systems.chassis import certificate

_CHUNK = 65536


def context(named: str) -> ssl.SSLContext:
    """What a server shows: the certificate that is named, or a fresh one."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if named:
        made.load_cert_chain(named)
        return made
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, "own.pem")
        certificate.write(own)
        made.load_cert_chain(own)
    return made


async def front(port: int, upstream: int, shown: ssl.SSLContext) -> None:
    """Serve until the process is ended."""

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            inner, outer = await asyncio.open_connection(certificate.ADDRESS, upstream)
            await asyncio.gather(_hand_on(reader, outer), _hand_on(inner, writer))

    server = await asyncio.start_server(attend, certificate.ADDRESS, port, ssl=shown)
    print(f"listening on port {port}", flush=True)  # noqa: T201 - how it is known to be ready
    await server.serve_forever()


async def _hand_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Hand on until the source ends; then the other end hears of it."""
    with suppress(OSError):
        while piece := await source.read(_CHUNK):
            sink.write(piece)
            await sink.drain()
    sink.close()


if __name__ == "__main__":
    try:
        asyncio.run(
            front(
                int(os.environ["PORT"]),
                int(os.environ["UPSTREAM_PORT"]),
                context(os.environ.get("CERTIFICATE", "")),
            )
        )
    except (KeyError, ValueError, OSError) as error:  # an SSLError is an OSError
        sys.exit(f"{type(error).__name__}: {error}")
