"""
The parts of a secret that tell it by themselves.

A reference often leads to more than the secret: a DSN with a password in it, an address with a token
in its query, a header's value of a scheme and a credential. A program prints such a part alone.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A part of fewer characters would take half of every report with it.
_SHORTEST = 8
#: `Bearer …`, `Basic …`, `Token …`: one word, then the credential.
_SCHEME = re.compile(r"[A-Za-z][\w-]*\s+(\S+)")
#: `host=db password='…'`, as libpq takes it.
_KEYWORD = re.compile(r"\bpassword\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))")


def telling(value: str) -> tuple[str, ...]:
    """Passwords, tokens and credentials inside of a value, each once; those of a few letters left out."""
    found = dict.fromkeys(part for part in _parts(value) if part and part != value)
    return tuple(part for part in found if len(part) >= _SHORTEST)


def _parts(value: str) -> Iterator[str]:
    if "://" in value:
        yield from _of_address(value)
    for quoted, plain in _KEYWORD.findall(value):
        yield re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
    if scheme := _SCHEME.fullmatch(value):
        yield scheme[1]
        yield from _of_basic(scheme[1])


def _of_address(value: str) -> Iterator[str]:
    try:
        parts = urlsplit(value)
        # A password that is the user's name again is nobody's secret, and a word of every report.
        password = parts.password if parts.password != parts.username else ""
    except ValueError:
        return
    named = [text for _, text in parse_qsl(parts.query)]
    for text in (password or "", parts.fragment, *(named or [parts.query])):
        yield text
        yield unquote(text)


def _of_basic(credential: str) -> Iterator[str]:
    """User and password, where a credential is their base64."""
    try:
        user, colon, password = base64.b64decode(credential, validate=True).decode().partition(":")
    except ValueError:
        return
    if colon:
        yield f"{user}:{password}"
        yield password
