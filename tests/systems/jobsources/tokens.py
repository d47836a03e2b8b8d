"""ID tokens of a test's own issuer, its keys, and a metadata server that gives them out."""

from __future__ import annotations

import base64
import hmac
import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from tests.systems.jobsources.servers import Asked

AUDIENCE, EMAIL = "https://jobs.example", "worker@project.example"
KEYS = "/keys"
IDENTITY = "/computeMetadata/v1/instance/service-accounts/default/identity"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """A key by its name, the same each time."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token(*, kid: str = "suite", signer: str = "suite", alg: str = "RS256", **changes: Any) -> str:
    """A token that counts, but for what is changed; a claim that is None is left out."""
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "email": EMAIL,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
    } | changes
    told = {name: value for name, value in claims.items() if value is not None}
    parts = [_part({"alg": alg, "kid": kid}), _part(told)]
    return ".".join([*parts, _encoded(_signature(alg, ".".join(parts).encode(), signer))])


def jwks(*names: str) -> str:
    """The public halves of these keys."""
    return json.dumps({"keys": [_jwk(name) for name in names]})


def issuer(asked: Asked) -> tuple[int, str]:
    """Gives out its keys, and tokens for whoever asks from inside."""
    if asked.path == KEYS:
        return 200, jwks("suite")
    if asked.path.startswith(IDENTITY) and asked.headers.get("metadata-flavor") == "Google":
        return 200, token()
    return 404, "{}"


def _signature(alg: str, signed: bytes, signer: str) -> bytes:
    if alg == "none":
        return b""
    if alg == "HS256":
        # The public key as a secret: whoever lets a token say how it is signed falls for it.
        return hmac.digest(_jwk(signer)["n"].encode(), signed, "sha256")
    return key(signer).sign(signed, padding.PKCS1v15(), hashes.SHA256())


def _jwk(name: str) -> dict[str, str]:
    public = key(name).public_key().public_numbers()
    n, e = (
        _encoded(value.to_bytes((value.bit_length() + 7) // 8)) for value in (public.n, public.e)
    )
    return {"kty": "RSA", "kid": name, "use": "sig", "alg": "RS256", "n": n, "e": e}


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
