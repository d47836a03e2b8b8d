"""Strings as the SSH protocol packs them: four bytes of length, then the bytes (RFC 4251, section 5)."""

from __future__ import annotations

_LENGTH = 4


def packed(*parts: bytes) -> bytes:
    """The parts, each with its length before it."""
    return b"".join(len(part).to_bytes(_LENGTH) + part for part in parts)


def unpacked(data: bytes, count: int) -> list[bytes]:
    """Exactly `count` strings and nothing after them; `ValueError` for any other bytes."""
    parts, at = [], 0
    for _ in range(count):
        length = int.from_bytes(data[at : at + _LENGTH])
        part = data[at + _LENGTH : at + _LENGTH + length]
        if len(data) < at + _LENGTH or len(part) != length:
            raise ValueError("it ends too early")
        parts.append(part)
        at += _LENGTH + length
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes follow where it ends")
    return parts
