"""
Bearer tokens: JSON Web Tokens of one issuer, EdDSA, RS256 or ES256 as the key says.

`issuer` reads what an OIDC configuration says; `verified` gives a token's claims or refuses it. Keys may stand in the
configuration, in a file, or at an address that is asked when a key is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from systems.chassis import jose
from systems.chassis.canonical import is_number
from systems.chassis.jose import TokenInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from systems.chassis.jose import Token

    Key = ed25519.Ed25519PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey

P256_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Whose tokens count, for whom they must be, and where the keys are."""

    name: str
    audience: str
    keys: Sequence[Mapping[str, Any]]
    keys_url: str


def issuer(text: str) -> Issuer:
    """The issuer of a configuration in JSON. Raises ValueError; OSError where its file of keys cannot be read."""
    told = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("an object is wanted")  # noqa: TRY004 - a bad value is what it is

    def of(*names: str) -> str:
        return next((str(told[name]) for name in names if told.get(name)), "")

    name, path = of("issuer", "iss"), of("jwksPath", "jwks_path")
    if not name:
        raise ValueError("an issuer is wanted")
    jwks = told.get("jwks") or (json.loads(Path(path).read_text(encoding="utf-8")) if path else {})
    return Issuer(
        name=name,
        audience=of("audience", "clientId", "client_id"),
        keys=keys_of(jwks),
        keys_url=of("jwksUri", "jwks_uri"),
    )


def keys_of(jwks: object) -> Sequence[Mapping[str, Any]]:
    """The keys of a JSON Web Key Set. Raises ValueError."""
    keys = jwks.get("keys", []) if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ValueError("a JSON Web Key Set is wanted")
    return keys


def verified(
    token: str, issuer: Issuer, keys: Sequence[Mapping[str, Any]], *, now_seconds: float
) -> Mapping[str, Any]:
    """The claims of a token that one of the keys signed, and that counts now. Raises TokenInvalid."""
    told = jose.read(token)
    if not any(_is_signed(told, key) for key in keys):
        raise TokenInvalid("no key of the issuer signed it")
    _check(told.claims, issuer, now_seconds)
    return told.claims


def _check(claims: Mapping[str, Any], issuer: Issuer, now_seconds: float) -> None:
    if claims.get("iss") != issuer.name:
        raise TokenInvalid("another issuer's")
    told = claims.get("aud")
    if issuer.audience and issuer.audience not in (told if isinstance(told, list) else [told]):
        raise TokenInvalid("for another audience")
    for name in ("exp", "nbf"):
        if name in claims and not is_number(claims[name]):
            raise TokenInvalid(f"{name} is no number")
    if "exp" in claims and claims["exp"] <= now_seconds:
        raise TokenInvalid("expired")
    if "nbf" in claims and claims["nbf"] > now_seconds:
        raise TokenInvalid("not yet valid")


def _is_signed(told: Token, jwk: Mapping[str, Any]) -> bool:
    """Whether this key signed it; the key says how, the token's header only has to agree."""
    header, algorithm = told.header, told.algorithm
    if "kid" in header and "kid" in jwk and header["kid"] != jwk["kid"]:
        return False
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        return False
    try:
        _verify(_key(jwk), algorithm, told.signature, told.signed)
    except (InvalidSignature, ValueError, KeyError, TokenInvalid):
        return False
    return True


def _verify(key: Key, algorithm: object, signature: bytes, signed: bytes) -> None:
    match key:
        case ed25519.Ed25519PublicKey() if algorithm == "EdDSA":
            key.verify(signature, signed)
        case rsa.RSAPublicKey() if algorithm == "RS256":
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
        case ec.EllipticCurvePublicKey() if algorithm == "ES256":
            if len(signature) != 2 * P256_BYTES:
                raise ValueError("64 bytes are wanted")
            r, s = (_int(signature[:P256_BYTES]), _int(signature[P256_BYTES:]))
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        case _:
            raise ValueError("the key is for another algorithm")


def _key(jwk: Mapping[str, Any]) -> Key:
    match jwk["kty"], jwk.get("crv"):
        case "OKP", "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(jose.decoded(jwk["x"]))
        case "RSA", _:
            numbers = rsa.RSAPublicNumbers(
                _int(jose.decoded(jwk["e"])), _int(jose.decoded(jwk["n"]))
            )
            return numbers.public_key()
        case "EC", "P-256":
            x, y = _int(jose.decoded(jwk["x"])), _int(jose.decoded(jwk["y"]))
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        case _:
            raise ValueError("a key of no known kind")


def _int(raw: bytes) -> int:
    return int.from_bytes(raw, "big")
