"""Passwords as they are stored: bcrypt, cost 12; of more than 72 bytes it would read the first 72 only."""

from __future__ import annotations

import asyncio
from functools import cache

import bcrypt

COST = 12
LEAST_CHARACTERS, MOST_BYTES = 5, 72


def is_storable(password: str) -> bool:
    """Whether it has 5 characters at least and 72 bytes at most."""
    return len(password) >= LEAST_CHARACTERS and len(_bytes(password)) <= MOST_BYTES


async def stored(password: str) -> str:
    """What is stored of a password that `is_storable`."""
    return await asyncio.to_thread(_stored, password)


async def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept; as slow where none is kept."""
    return await asyncio.to_thread(_is_right, password, kept)


def _stored(password: str) -> str:
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(COST)).decode()


def _is_right(password: str, kept: str | None) -> bool:
    if len(_bytes(password)) > MOST_BYTES:
        return False
    try:
        return bcrypt.checkpw(_bytes(password), (kept or _nobodys()).encode()) and kept is not None
    except ValueError:  # what is kept is no hash of ours
        return False


@cache
def _nobodys() -> str:
    return _stored("whoever knows this logs in nowhere")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
