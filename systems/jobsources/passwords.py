"""Passwords as they are stored: argon2id, with salt and costs in the text."""

from __future__ import annotations

import asyncio
from functools import cache

from nacl import pwhash
from nacl.exceptions import InvalidkeyError

#: Costs that OWASP's cheat sheet on password storage holds for enough: 7 MiB, five passes.
PASSES, BYTES = 5, 7 * 1024 * 1024


def stored(password: str) -> str:
    """What is stored of a password."""
    return pwhash.argon2id.str(_bytes(password), PASSES, BYTES).decode()


async def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept; as slow where none is kept."""
    return await asyncio.to_thread(_is_right, password, kept)


def _is_right(password: str, kept: str | None) -> bool:
    try:
        pwhash.verify((kept or _nobodys()).encode(), _bytes(password))
    except InvalidkeyError:
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return stored("whoever knows this logs in nowhere")


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
