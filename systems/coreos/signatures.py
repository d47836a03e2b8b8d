"""The two HMACs of a worker, keyed with the text of the shared secret: one over each request, one over each result."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from systems.chassis.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The fields of a result that its own signature covers.
RESULT_FIELDS = (
    "finishedAt",
    "jobId",
    "metrics",
    "resultHash",
    "startedAt",
    "status",
    "traceId",
    "workerId",
)


def request_signature(secret: str, timestamp: str, path: str, body: bytes) -> str:
    """The header's HMAC of a POST: over timestamp, method, path and body, a line feed between them."""
    return _hmac(secret, f"{timestamp}\nPOST\n{path}\n".encode("latin-1") + body)


def result_signature(secret: str, result: Mapping[str, object]) -> str:
    """The HMAC in a result's body: over eight of its fields in canonical JSON."""
    return _hmac(secret, canonical({name: result[name] for name in RESULT_FIELDS}).encode())


def is_equal(given: str, expected: str) -> bool:
    """Whether two signatures are the same text, in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _hmac(secret: str, data: bytes) -> str:
    return hmac.new(secret.encode(), data, "sha256").hexdigest()
