"""Keccak-256, as Ethereum hashes: SHA-3 before it was a standard, with another padding."""

from __future__ import annotations

from Crypto.Hash import keccak


def digest(data: bytes) -> bytes:
    """32 bytes."""
    return keccak.new(digest_bits=256, data=data).digest()
