"""
What somebody shows to be let in: access tokens, which are signed, and refresh tokens, of which a hash is kept.

An access token is a JSON Web Token, HS256. It is signed with the present secret, and still counts under the one
before for as long as a rotation names it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PARTS = 3
KIND = "access"


class TokenInvalid(Exception):
    """A token that proves nothing; why is nobody's business."""


def access_token(
    claims: Mapping[str, object], secret: str, *, now_seconds: int, lives_seconds: int
) -> str:
    """A token of these claims (`sub`, `usr`, `scope`), from now on, for so long."""
    told = {**claims, "typ": KIND, "iat": now_seconds, "exp": now_seconds + lives_seconds}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(told)}"
    return f"{signed}.{_signature(signed, secret)}"


def claims_of(token: str, secrets: Sequence[str], *, now_seconds: float) -> Mapping[str, Any]:
    """The claims of a token that one of the secrets signed, and that counts now. Raises TokenInvalid."""
    parts = token.split(".")
    if len(parts) != PARTS:
        raise TokenInvalid("not three parts")
    signed, signature = f"{parts[0]}.{parts[1]}", parts[2].encode("utf-8", "surrogatepass")
    if not any(hmac.compare_digest(_signature(signed, key).encode(), signature) for key in secrets):
        raise TokenInvalid("another secret signed it")
    header, claims = _object(parts[0]), _object(parts[1])
    if header.get("alg") != "HS256" or "crit" in header:
        raise TokenInvalid("signed in another way")
    _check(claims, now_seconds)
    return claims


def stored(raw: str, pepper: str) -> str:
    """What is kept of a refresh token, in hex: its SHA-256, or its HMAC where there is a pepper."""
    text = raw.encode("utf-8", "surrogatepass")
    return (
        hmac.new(pepper.encode(), text, sha256).hexdigest() if pepper else sha256(text).hexdigest()
    )


def _check(claims: Mapping[str, Any], now_seconds: float) -> None:
    if claims.get("typ") != KIND or not isinstance(claims.get("sub"), str):
        raise TokenInvalid("another kind of token")
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not _is_number(expires) or now_seconds >= expires:
        raise TokenInvalid("it counts no more, or for ever")
    if not _is_number(begins) or now_seconds < begins:
        raise TokenInvalid("it does not count yet")


def _signature(signed: str, secret: str) -> str:
    text = signed.encode("utf-8", "surrogatepass")
    return _encoded(hmac.new(secret.encode(), text, sha256).digest())


def _part(value: object) -> str:
    return _encoded(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _object(part: str) -> Mapping[str, Any]:
    try:
        told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise TokenInvalid("no JSON") from error
    if not isinstance(told, dict):
        raise TokenInvalid("no object")
    return told


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
