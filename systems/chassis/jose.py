"""
JSON Web Tokens in their compact form (RFC 7515 and 7519): read, and signed with a secret.

`read` says what a token says, not whether it is true: which key, whose word and until when it counts, is for whoever
asks. Text goes in, values come out; nothing here opens a file or knows HTTP.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from systems.chassis import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = 3
#: The algorithm by which whoever knows a secret signs: HMAC with SHA-256.
KEYED = "HS256"


class TokenInvalid(Exception):
    """A token that proves nothing; why is nobody's business but the log's."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    #: What its signature is of.
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> object:
        """How it says that it is signed."""
        return self.header.get("alg")

    def is_signed_with(self, secret: str) -> bool:
        """Whether whoever knows the secret signed it; how long that takes tells nothing."""
        right = hmac.compare_digest(self.signature, _seal(self.signed, secret))
        return right and self.algorithm == KEYED


def read(text: str) -> Token:
    """A token's parts. Raises TokenInvalid, also where its header demands what is not known here."""
    parts = text.split(".")
    if len(parts) != PARTS:
        raise TokenInvalid("not three parts")
    header, claims, signature = members(parts[0]), members(parts[1]), decoded(parts[2])
    if "crit" in header:
        raise TokenInvalid("it wants what is not known here")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def signed_with(secret: str, claims: Mapping[str, object]) -> str:
    """A token of these claims, signed with a secret."""
    signed = f"{_part({'alg': KEYED, 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{encoded(_seal(signed.encode(), secret))}"


def decoded(text: str) -> bytes:
    """The bytes of base64 for URLs, without padding. Raises TokenInvalid."""
    try:
        if not text.isascii() or "=" in text:
            raise TokenInvalid("no base64 for URLs")
        padded = text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4)
        return base64.b64decode(padded, validate=True)
    except binascii.Error as error:
        raise TokenInvalid("no base64 for URLs") from error


def encoded(raw: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def members(part: str) -> Mapping[str, Any]:
    """The object that a token's part says. Raises TokenInvalid."""
    try:
        told = canonical.parse(decoded(part))
    except ValueError as error:
        raise TokenInvalid("no JSON") from error
    if not isinstance(told, dict):
        raise TokenInvalid("no object")
    return told


def _seal(signed: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), signed, "sha256")


def _part(value: Mapping[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
