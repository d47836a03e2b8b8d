"""
Take secrets out of a text, by value.

A secret is looked for as it is and as programs write it: base64 (standard and URL-safe, alone or
inside something longer such as `Basic …`), hexadecimal, URL-encoded, escaped for JSON or Python,
and line by line where it has lines, as a traceback quotes it. A value that is hexadecimal itself is
looked for by its bytes as well. Where a printer cut a long value with `...`, what is left of it goes
too.

Values of fewer than four characters are left: they would take half the report with them.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

#: What stands in a secret's place.
REDACTED = "[redacted]"
#: Characters below which a value is no secret.
SHORTEST = 4
#: Characters below which an encoded form, a line or a cut piece would match by accident.
_TELLING = 8
_CUT = "..."
_BASE64_GROUP = 3


def redacted(text: str, secrets: Collection[str]) -> str:
    """The text with every form of every secret replaced by `[redacted]`."""
    if not text or not secrets:
        return text
    forms = _all_forms(frozenset(secrets))
    if there := [form for form in forms if form in text]:
        # Of those that are there alone: a pattern of all takes longer to compile than most texts to read.
        text = re.sub("|".join(map(re.escape, there)), REDACTED, text)
    return _without_cut(text, forms) if _CUT in text else text


@lru_cache(maxsize=8)
def _all_forms(secrets: frozenset[str]) -> tuple[str, ...]:
    """Every form, the longest first, so that no form leaves the rest of a longer one behind."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written: itself, and each encoding that is long enough to tell."""
    yield secret
    lines = [line.strip() for line in secret.splitlines()]
    written = [*_escaped(secret), *(lines if len(lines) > 1 else [])]
    written += _encoded(secret.encode())
    if re.fullmatch(r"(?:[0-9a-fA-F]{2}){8,}", secret):
        written += _encoded(bytes.fromhex(secret))
    yield from (form for form in written if len(form) >= _TELLING or form == secret.strip())


def _escaped(secret: str) -> Iterator[str]:
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    for encoded in (quote(secret), quote(secret, safe=""), quote_plus(secret)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)


def _encoded(data: bytes) -> Iterator[str]:
    yield data.hex()
    yield data.hex().upper()
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(_BASE64_GROUP):
            yield _inside(encode(bytes(before) + data).decode(), before, len(data))


def _inside(encoded: str, before: int, length: int) -> str:
    """The characters of a base64 text that the secret alone decides, whatever stands around it."""
    first = -(-before * 8 // 6)
    last = (before + length) * 8 // 6
    return encoded[first:last]


def _without_cut(text: str, forms: tuple[str, ...]) -> str:
    """The text without what a printer left of a form on either side of its `...`."""
    parts = text.split(_CUT)
    for index in range(len(parts) - 1):
        for form in forms:
            if kept := _overlap(parts[index], form):
                parts[index] = parts[index][:-kept] + REDACTED
            if kept := _overlap(parts[index + 1][::-1], form[::-1]):
                parts[index + 1] = REDACTED + parts[index + 1][kept:]
    return _CUT.join(parts)


def _overlap(text: str, form: str) -> int:
    """How many characters of `form`'s beginning end the text; 0 where too few to tell."""
    tail = text[-len(form) :]
    start = tail.find(form[:_TELLING]) if len(form) > _TELLING else -1
    while start >= 0:
        if form.startswith(tail[start:]):
            return len(tail) - start
        start = tail.find(form[:_TELLING], start + 1)
    return 0
