"""
Many requests at one instant: every connection is open before the first byte goes out.

    crowd = Crowd(url, [request, …])      bytes, as they go over the wire
    crowd.release()                       the instant
    crowd.statuses(within_seconds=30)     of each answer; UNANSWERED where none came in time
"""

from __future__ import annotations

import select
import socket
import time
from contextlib import ExitStack
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from checks.kernel.replies import UNANSWERED
from proofbook import NoVerdict
from proofbook.instruments.raw_http import trust

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONNECT_SECONDS = 10
_HTTPS = 443


class Crowd:
    """So many callers, all connected; a context manager that lets them go."""

    def __init__(self, url: str, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._open = ExitStack()
        self._released = 0.0
        try:
            self._callers = [self._caller(url) for _ in requests]
        except OSError as error:
            self._open.close()
            raise NoVerdict(f"{url} does not take {len(requests)} connections: {error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def release(self) -> int:
        """Send all requests; how many were open at once: none had its answer when the last went out."""
        self._released = time.monotonic()
        for caller, request in zip(self._callers, self._requests, strict=True):
            caller.sendall(request)
        answered, _, _ = select.select(self._callers, [], [], 0)
        return len(self._callers) - len(answered)

    def statuses(self, within_seconds: float) -> list[int]:
        """The status of each answer that came so soon after the release."""
        return [self._status(caller, within_seconds) for caller in self._callers]

    @property
    def seconds(self) -> float:
        """Since the release."""
        return time.monotonic() - self._released

    def _status(self, caller: socket.socket, within_seconds: float) -> int:
        caller.settimeout(max(0.001, within_seconds - self.seconds))
        answer = HTTPResponse(caller)
        try:
            answer.begin()
            answer.read()
        except (OSError, HTTPException):
            return UNANSWERED
        return answer.status

    def _caller(self, url: str) -> socket.socket:
        parts = urlsplit(url)
        is_encrypted = parts.scheme == "https"
        place = (parts.hostname or "", parts.port or (_HTTPS if is_encrypted else 80))
        caller = self._open.enter_context(socket.create_connection(place, _CONNECT_SECONDS))
        if is_encrypted:
            wrapped = trust().wrap_socket(caller, server_hostname=place[0])
            return self._open.enter_context(wrapped)
        return caller
