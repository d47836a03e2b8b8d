"""What a worker is told by its environment."""

from __future__ import annotations

import base64
import binascii
import math
import os
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from systems.chassis.settings import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

HEX_64 = re.compile(r"[0-9a-fA-F]{64}")
KEY_BYTES = 32
LONGEST_WORKER_ID = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the API listens."""

    is_secure: bool
    host: str
    port: int
    #: What stands before `/api` in a path; nothing, as a rule.
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """A worker's settings."""

    api: Address
    secret: str
    #: The API's public key: 32 bytes.
    ticket_key: bytes
    worker_id: str
    poll_seconds: float
    heartbeat_seconds: float
    timeout_seconds: float
    grace_seconds: float


def read(environ: Mapping[str, str]) -> WorkerSettings:
    """The settings of an environment. Raises Misconfigured."""
    reader = Reader(environ)
    api = reader.required("COREOS_API_URL", address)
    secret = reader.required("JOB_WORKER_HMAC_SECRET", _hex_text)
    key = reader.required("JOB_TICKET_PUBLIC_KEY", key_bytes)
    name = reader.optional("WORKER_ID", _worker_id, f"worker-{socket.gethostname()}-{os.getpid()}")
    reader.check()
    assert api is not None, "check() raises when a required variable is missing"  # noqa: S101
    return WorkerSettings(
        api=api,
        secret=secret or "",
        ticket_key=key or b"",
        worker_id=name,
        poll_seconds=_seconds(environ, "POLL_INTERVAL_SECONDS", 5),
        heartbeat_seconds=_seconds(environ, "HEARTBEAT_INTERVAL_SECONDS", 10),
        timeout_seconds=_seconds(environ, "HTTP_TIMEOUT_SECONDS", 30),
        grace_seconds=_seconds(environ, "SHUTDOWN_GRACE_SECONDS", 8),
    )


def address(text: str) -> Address:
    """An http or https URL. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an http URL is wanted")
    is_secure = parts.scheme == "https"
    return Address(
        is_secure=is_secure,
        host=parts.hostname,
        port=parts.port or (443 if is_secure else 80),
        prefix=parts.path.rstrip("/"),
    )


def key_bytes(text: str) -> bytes:
    """32 bytes in standard base64 with padding, in its one spelling. Raises ValueError."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("base64 is wanted") from error
    if len(key) != KEY_BYTES or base64.b64encode(key).decode() != text:
        raise ValueError("base64 of 32 bytes is wanted")
    return key


def _hex_text(text: str) -> str:
    if not HEX_64.fullmatch(text):
        raise ValueError("64 hex digits are wanted")
    return text


def _worker_id(text: str) -> str:
    if len(text) > LONGEST_WORKER_ID:
        raise ValueError("1 to 128 characters are wanted")
    return text


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    """A positive number of seconds, decimals allowed; anything else is the default."""
    try:
        seconds = float(environ.get(name, ""))
    except ValueError:
        return default
    return seconds if math.isfinite(seconds) and seconds > 0 else default
