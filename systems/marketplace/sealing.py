"""
Backups under lock: AES-256-GCM, so that what was damaged or is another key's does not open at all.

A sealed backup is a mark, twelve bytes that are used once, and what the cipher made. Which key it was is not told:
whoever opens it tries those that he has. Pure: bytes and keys go in, bytes come out.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = b"\x93MPB\x01"
ONCE_BYTES, KEY_BYTES = 12, 32


class NotOpened(Exception):
    """None of the keys opens it, or it is damaged."""


def seal(plain: bytes, key: bytes, once: bytes) -> bytes:
    """What nobody reads without the key; `once` is twelve bytes that this key never saw before."""
    return MARK + once + AESGCM(key).encrypt(once, plain, MARK)


def opened(sealed: bytes, keys: Iterable[bytes]) -> bytes:
    """What was sealed under one of the keys, tried in their order. Raises NotOpened."""
    once, made = sealed[len(MARK) :][:ONCE_BYTES], sealed[len(MARK) + ONCE_BYTES :]
    if sealed.startswith(MARK) and len(once) == ONCE_BYTES:
        for key in keys:
            try:
                return AESGCM(key).decrypt(once, made, MARK)
            except InvalidTag:
                continue
    raise NotOpened("no key opens it: it is damaged, or it is no backup, or it needs another key")


def read_keys(text: str) -> dict[str, bytes]:
    """Keys by name, in their order: `v1:<base64 of 32 bytes>,v2:…`. Raises ValueError."""
    found: dict[str, bytes] = {}
    for part in text.split(","):
        name, _, told = part.strip().partition(":")
        try:
            key = base64.b64decode(told, validate=True)
        except binascii.Error as problem:
            raise ValueError("base64 is wanted") from problem
        if not name or name in found or len(key) != KEY_BYTES:
            raise ValueError("a new name and 32 bytes are wanted")
        found[name] = key
    return found
