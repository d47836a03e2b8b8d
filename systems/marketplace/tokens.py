"""
What somebody shows to be let in: access tokens, which are signed, and refresh tokens, of which a hash is kept.

An access token is a JSON Web Token, HS256. It is signed with the present secret, and still counts under the one
before for as long as a rotation names it.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeGuard

from systems.chassis import jose
from systems.chassis.jose import TokenInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KIND = "access"


def access_token(
    claims: Mapping[str, object], secret: str, *, now_seconds: int, lives_seconds: int
) -> str:
    """A token of these claims (`sub`, `usr`, `scope`), from now on, for so long."""
    told = {**claims, "typ": KIND, "iat": now_seconds, "exp": now_seconds + lives_seconds}
    return jose.signed_with(secret, told)


def claims_of(token: str, secrets: Sequence[str], *, now_seconds: float) -> Mapping[str, Any]:
    """The claims of a token that one of the secrets signed, and that counts now. Raises TokenInvalid."""
    told = jose.read(token)
    if not any(told.is_signed_with(secret) for secret in secrets):
        raise TokenInvalid("another secret signed it")
    _check(told.claims, now_seconds)
    return told.claims


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


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
