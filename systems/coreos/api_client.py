"""How a worker speaks to the API: signed POSTs, one connection each, nothing followed, nothing retried."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.canonical import canonical, parse
from systems.coreos.signatures import request_signature

if TYPE_CHECKING:
    from systems.coreos.worker_settings import Address


class ApiError(Exception):
    """The API did not say yes; `status` is its answer, or None if there was none."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status

    @property
    def is_refusal(self) -> bool:
        """Whether the API heard, and will not: 4xx."""
        return self.status is not None and self.status // 100 == 4  # noqa: PLR2004 - the refusals


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Posts JSON and reads JSON."""

    address: Address
    secret: str
    timeout_seconds: float

    def post(self, path: str, fields: dict[str, object]) -> dict[str, object]:
        """The fields of a 2xx answer. Raises ApiError for any other, and for none."""
        body = canonical(fields).encode()
        timestamp = str(time.time_ns() // 1_000_000)
        headers = {
            "Content-Type": "application/json",
            "X-Worker-Timestamp": timestamp,
            "X-Worker-Signature": request_signature(self.secret, timestamp, path, body),
        }
        try:
            status, raw = self._send(self.address.prefix + path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(f"{type(error).__name__}: {error}") from error
        if status // 100 != 2:  # noqa: PLR2004 - any success
            raise ApiError(f"HTTP {status} {_shown(raw)}", status)
        try:
            answer = parse(raw)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ApiError(f"HTTP {status} with no JSON object: {_shown(raw)}")
        return answer

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kind = http.client.HTTPSConnection if self.address.is_secure else http.client.HTTPConnection
        connection = kind(self.address.host, self.address.port, timeout=self.timeout_seconds)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _shown(raw: bytes) -> str:
    """An answer's first characters, on one line."""
    return ascii(raw[:200].decode("utf-8", "replace"))[1:-1]
