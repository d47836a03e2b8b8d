"""
One HTTP request to another server, within a time limit, on a connection of its own.

Made of what the server needs anyway: a client library of its own would double the time that this program takes to start.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h11

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CHUNK = 65_536
#: Bytes of an answer that are read at most.
MOST = 8 * 1024 * 1024
PORTS = {"http": 80, "https": 443}


class Unanswered(Exception):
    """The server refused the connection, broke it off, or answered what is no HTTP."""


class TimedOut(Unanswered):
    """The server did not answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - what 2xx means


async def ask(
    method: str, url: str, *, limit_ms: int, headers: Mapping[str, str], body: bytes = b""
) -> Answer:
    """The answer to one request. Raises Unanswered; TimedOut once the time is up."""
    try:
        async with asyncio.timeout(limit_ms / 1000):
            return await _asked(method, url, headers, body)
    except TimeoutError:
        raise TimedOut(f"no answer within {limit_ms} ms") from None
    except (OSError, h11.ProtocolError, UnicodeError) as error:
        raise Unanswered(type(error).__name__) from error


async def _asked(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    reader, writer = await asyncio.open_connection(
        parts.hostname, port, ssl=True if parts.scheme == "https" else None
    )
    try:
        connection = h11.Connection(h11.CLIENT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        told = {"host": parts.netloc.rpartition("@")[2], "connection": "close", **headers}
        if body:
            told["content-length"] = str(len(body))
        request = h11.Request(method=method, target=target, headers=list(told.items()))
        writer.write(connection.send(request) or b"")
        writer.write(connection.send(h11.Data(data=body)) or b"" if body else b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        return await _answer(connection, reader)
    finally:
        writer.close()


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> Answer:
    status, headers, body = 0, {}, bytearray()
    async for event in _events(connection, reader):
        match event:
            case h11.Response():
                status = event.status_code
                headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
            case h11.Data():
                body += event.data
                if len(body) > MOST:
                    raise Unanswered("the answer is too long")
            case h11.EndOfMessage() | h11.ConnectionClosed():
                break
    if not status:
        raise Unanswered("the connection was closed")
    return Answer(status, headers, bytes(body))


async def _events(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> AsyncIterator[object]:
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(CHUNK))
        else:
            yield event
