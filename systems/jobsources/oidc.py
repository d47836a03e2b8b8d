"""
ID tokens of a cloud's service identity: JSON Web Tokens, RS256, of keys that are published at an address.

Used by whoever is called with one: the API by its workers, the worker by the task queue.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from systems.chassis import canonical, jose
from systems.chassis.jose import TokenInvalid
from systems.jobsources import outbound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GOOGLE_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"
SKEW_SECONDS = 300
LONGEST_SECONDS = 24 * 3600
FETCH_MS = 5000
#: Shorter keys are refused by the library that would verify with them.
LEAST_KEY_BITS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose tokens count and for whom they must be; no e-mail: any caller of the audience."""

    audience: str
    issuers: Sequence[str] = GOOGLE_ISSUERS
    email: str = ""


class Keys:
    """The keys at an address, kept for a while; an unknown one is looked for once more."""

    def __init__(self, url: str, cache_seconds: float) -> None:
        self._url = url
        self._cache_seconds = cache_seconds
        self._keys: Mapping[str, rsa.RSAPublicKey] = {}
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def key(self, kid: str) -> rsa.RSAPublicKey:
        """The key of this name. Raises TokenInvalid where there is none, or none to be had."""
        asked_at = time.monotonic()
        is_kept = asked_at - self._fetched_at < self._cache_seconds
        if not is_kept or kid not in self._keys:
            async with self._fetching:
                if self._fetched_at < asked_at:
                    await self._fetch()
        if kid not in self._keys:
            raise TokenInvalid("no published key has this name")
        return self._keys[kid]

    async def _fetch(self) -> None:
        began = time.monotonic()
        try:
            answer = await outbound.ask("GET", self._url, limit_ms=FETCH_MS, headers={})
            if not answer.is_success:
                raise TokenInvalid(f"the keys' address answered {answer.status}")
            self._keys = keys_of(answer.body)
        except (outbound.Unanswered, ValueError) as error:
            raise TokenInvalid("the keys are not to be had") from error
        self._fetched_at = began


class Verifier:
    """Gives the claims of tokens that prove who calls."""

    def __init__(self, wanted: Wanted, keys: Keys) -> None:
        self._wanted = wanted
        self._keys = keys

    async def claims(self, token: str, *, now_seconds: float) -> Mapping[str, Any]:
        """A token's claims. Raises TokenInvalid."""
        told = jose.read(token)
        if told.algorithm != "RS256":
            raise TokenInvalid("signed in another way")
        kid = told.header.get("kid")
        if not isinstance(kid, str):
            raise TokenInvalid("its key is not named")
        key = await self._keys.key(kid)
        try:
            key.verify(told.signature, told.signed, padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            raise TokenInvalid("another key signed it") from None
        check(told.claims, self._wanted, now_seconds=now_seconds)
        return told.claims


def check(claims: Mapping[str, Any], wanted: Wanted, *, now_seconds: float) -> None:
    """Whether claims that are truly signed are the wanted ones. Raises TokenInvalid."""
    audience = claims.get("aud")
    if wanted.audience not in (audience if isinstance(audience, list) else [audience]):
        raise TokenInvalid("for another audience")
    if claims.get("iss") not in wanted.issuers:
        raise TokenInvalid("another issuer's")
    issued, expires = claims.get("iat"), claims.get("exp")
    if not canonical.is_number(issued) or not canonical.is_number(expires):
        raise TokenInvalid("it does not say from when to when it counts")
    if expires - issued > LONGEST_SECONDS:
        raise TokenInvalid("it counts for too long")
    if not issued - SKEW_SECONDS <= now_seconds <= expires + SKEW_SECONDS:
        raise TokenInvalid("it does not count now")
    if wanted.email and (
        claims.get("email") != wanted.email or claims.get("email_verified") is not True
    ):
        raise TokenInvalid("another caller's")


def keys_of(body: bytes) -> dict[str, rsa.RSAPublicKey]:
    """The RSA keys of a JSON Web Key Set (RFC 7517), by name. Raises ValueError."""
    told = canonical.parse(body)
    keys = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(keys, list):
        raise ValueError("a JSON Web Key Set is wanted")  # noqa: TRY004 - a bad value is what it is
    return {key["kid"]: _key(key) for key in keys if _is_usable(key)}


def _is_usable(jwk: object) -> bool:
    """Whether this is a named RSA key for RS256; what else a set holds is for others."""
    return (
        isinstance(jwk, dict)
        and all(isinstance(jwk.get(name), str) for name in ("kid", "n", "e"))
        and jwk.get("kty") == "RSA"
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", "RS256") == "RS256"
    )


def _key(jwk: Mapping[str, str]) -> rsa.RSAPublicKey:
    try:
        e, n = (int.from_bytes(jose.decoded(jwk[name])) for name in ("e", "n"))
        key = rsa.RSAPublicNumbers(e, n).public_key()
    except TokenInvalid as error:
        raise ValueError("a key in no base64 for URLs") from error
    if key.key_size < LEAST_KEY_BITS:
        raise ValueError("the key is too short")
    return key
