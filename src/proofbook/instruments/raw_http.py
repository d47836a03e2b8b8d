"""One HTTP request as bytes over a connection of its own: for requests that no library would send."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from proofbook.instruments.exchanges import Headers

    Hold = Callable[[socket.socket], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, packed or not, as it came."""

    status: int
    headers: Headers
    body: bytes


@cache
def trust() -> ssl.SSLContext:
    """The certificates that this machine trusts, read once: its own store, or `SSL_CERT_FILE`."""
    return ssl.create_default_context()


def request(
    base_url: str, method: str, path: str, body: bytes, headers: Mapping[str, str]
) -> bytes:
    """The bytes of a request; nothing is checked, and only what no server does without is added."""
    given = {name.lower() for name in headers}
    added = {
        "Host": urlsplit(base_url).netloc.rpartition("@")[2],
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    if "transfer-encoding" in given:
        del added["Content-Length"]
    kept = {name: value for name, value in added.items() if name.lower() not in given}
    return written(base_url, method, path, tuple({**kept, **headers}.items()), body)


def written(  # noqa: PLR0913 - a request has this many parts
    base_url: str, method: str, path: str, headers: Headers, body: bytes, *, encoding: str = "utf-8"
) -> bytes:
    """A request in the form of HTTP/1.1, under the base URL's own path."""
    lines = [f"{method} {urlsplit(base_url).path}{path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode(encoding, "surrogateescape") + body


def exchange(
    base_url: str, method: str, said: bytes, timeout: httpx.Timeout, hold: Hold = nullcontext
) -> Answer:
    """
    Send the bytes and read one answer.

    `hold` is entered with the connection while it stands, so that others can cut it. Raises httpx's errors, as if httpx had sent them: `ConnectError` and `ConnectTimeout` where nobody
    took the connection, another `TransportError` where no whole answer came.
    """
    with closing(_connected(base_url, timeout)) as peer, hold(peer):
        try:
            return _answer(peer, method, said)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise httpx.ReadError(str(error) or type(error).__name__) from error


def _connected(base_url: str, timeout: httpx.Timeout) -> socket.socket:
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        peer = socket.create_connection((parts.hostname or "", port), timeout.connect)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    peer.settimeout(timeout.read)
    if parts.scheme != "https":
        return peer
    try:
        return trust().wrap_socket(peer, server_hostname=parts.hostname)
    except OSError as error:
        peer.close()
        raise httpx.ConnectError(str(error)) from error


def _answer(peer: socket.socket, method: str, said: bytes) -> Answer:
    # A server may answer, and hang up, before it has read all: its answer is what counts.
    with suppress(BrokenPipeError, ConnectionResetError):
        peer.sendall(said)
    with closing(http.client.HTTPResponse(peer, method=method)) as answer:
        answer.begin()
        body = answer.read()
        return Answer(answer.status, tuple(answer.getheaders()), body)
