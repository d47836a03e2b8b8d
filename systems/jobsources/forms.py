"""The forms that a variable's text may have: each parser gives its value or raises ValueError."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

DURATION = re.compile(r"([1-9][0-9]{0,8})(s|m|h|d)?")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SIZE = re.compile(r"([1-9][0-9]{0,8})(b|kb|mb)?")
BYTES = {"b": 1, "kb": 1024, "mb": 1024**2}


def address(text: str) -> str:
    """An http or https address with a host."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("an http or https address is wanted")
    return text


def email(text: str) -> str:
    """An e-mail address."""
    name, at, host = text.partition("@")
    if not (name and at and host):
        raise ValueError("an e-mail address is wanted")
    return text


def duration(text: str) -> int:
    """Seconds, of `15m` and the like."""
    found = DURATION.fullmatch(text)
    if not found:
        raise ValueError("a duration such as 15m is wanted")
    return int(found[1]) * SECONDS[found[2] or "s"]


def size(text: str) -> int:
    """Bytes, of `1mb` and the like."""
    found = SIZE.fullmatch(text.lower())
    if not found:
        raise ValueError("a size such as 1mb is wanted")
    return int(found[1]) * BYTES[found[2] or "b"]


def share(text: str) -> float:
    """A part of a whole."""
    share = float(text)
    if not 0 < share <= 1:
        raise ValueError("a share above 0, up to 1, is wanted")
    return share
