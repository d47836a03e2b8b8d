"""What says that a reply is the one that its reader has already."""

from __future__ import annotations

import base64
from hashlib import sha256

LETTERS = 16


def etag(body: bytes) -> str:
    """A weak tag of a body's bytes."""
    return f'W/"{base64.urlsafe_b64encode(sha256(body).digest())[:LETTERS].decode()}"'
