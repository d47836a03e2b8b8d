"""
What a committed secret looks like, and what only stands in a secret's place.

    kinds(b"KMS_TOKEN=4fJ0q…", characters=16)     {"variable"}
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_AWS = re.compile(rb"\bAKIA[0-9A-Z]{16}\b")
#: A header alone is the mention of a key; after it come, perhaps, headers of its own, and the key.
_PEM = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"
    rb"(?:\s|\\[nr]|[\"'+,])*(?:[\w-]+:[^\n]*\s+)*[A-Za-z0-9+/]{16}"
)
_URL = re.compile(rb"://[^\s/:@\"'`]*:([^\s/@\"'`]+)@(\[[0-9a-fA-F:]+\]|[^\s/:?#\"'`]+)")
_VARIABLE = re.compile(rb"(?:SECRET|TOKEN|PASSWORD|API_KEY)=[\"']?([A-Za-z0-9+/=_.~!@#%^&*-]+)")
_LOOPBACK = re.compile(rb"localhost$|127\.|\[::1\]|host\.docker\.internal$")
#: The id in the vendor's own examples.
_DOCUMENTED = b"EXAMPLE"
#: A name in brackets, a variable of a shell, or a word that asks to be replaced.
_PLACEHOLDER = re.compile(
    r"[<>{}…]|\$\w|\.\.\.|\*\*\*|x{4}|change|placeholder|replace|redacted|dummy|your"
    r"|process\.env|os\.environ|^(?:env|file|generate):|^(?:pass|pw|password|secret|token|postgres)?$",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Whether a value only stands where a secret is to be put."""
    return bool(_PLACEHOLDER.search(value.strip().strip("\"'")))


def kinds(content: bytes, characters: int) -> frozenset[str]:
    """What a file holds of `key`, `aws`, `address`, `variable`; a variable's value has so many characters."""
    found = set()
    if _PEM.search(content):
        found.add("key")
    if any(not each.group().endswith(_DOCUMENTED) for each in _AWS.finditer(content)):
        found.add("aws")
    if any(_is_open(*each.groups()) for each in _URL.finditer(content)):
        found.add("address")
    values = (each.group(1).decode("ascii") for each in _VARIABLE.finditer(content))
    if any(len(value) >= characters and not is_placeholder(value) for value in values):
        found.add("variable")
    return frozenset(found)


def planted(characters: int) -> Mapping[str, bytes]:
    """A file for each kind, with a secret in it that opens nothing."""
    word = secrets.token_hex(characters)
    pem = base64.b64encode(secrets.token_bytes(48))
    return {
        "key": b"-----BEGIN " + b"PRIVATE KEY-----\n" + pem + b"\n",
        "aws": b"AKI" + b"A" + secrets.token_hex(8).upper().encode() + b"\n",
        "address": f"postgresql://kernel:{word}@db.prod.example:5432/illuvrse\n".encode(),
        "variable": f"KMS_BEARER_TOKEN={word[:characters]}\n".encode(),
    }


def _is_open(password: bytes, host: bytes) -> bool:
    return not _LOOPBACK.match(host) and not is_placeholder(password.decode(errors="replace"))
