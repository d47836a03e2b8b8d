"""One HTTP request as bytes over a connection of its own: for requests that no library would send."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Ask = Callable[[], httpx.Response]


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
    lines = [f"{method} {urlsplit(base_url).path}{path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in {**kept, **headers}.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + body


def exchange(base_url: str, method: str, said: bytes, timeout: httpx.Timeout) -> httpx.Response:
    """
    Send the bytes and read one answer.

    Raises httpx's errors, as if httpx had sent them: `ConnectError` and `ConnectTimeout` where nobody
    took the connection, another `TransportError` where no whole answer came.
    """
    with closing(_connected(base_url, timeout)) as peer:
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
        return ssl.create_default_context().wrap_socket(peer, server_hostname=parts.hostname)
    except OSError as error:
        peer.close()
        raise httpx.ConnectError(str(error)) from error


def _answer(peer: socket.socket, method: str, said: bytes) -> httpx.Response:
    _send(peer, said)
    answer = http.client.HTTPResponse(peer, method=method)
    with closing(answer):
        answer.begin()
        content = answer.read()
    # httpx would unpack what the header says is packed; the bytes stay as they came.
    headers = [each for each in answer.getheaders() if each[0].lower() != "content-encoding"]
    return httpx.Response(answer.status, headers=headers, content=content)


def _send(peer: socket.socket, said: bytes) -> None:
    """A server may answer, and hang up, before it has read all: its answer is what counts."""
    with suppress(BrokenPipeError, ConnectionResetError):
        peer.sendall(said)
