"""ID tokens of a test's own issuer, its keys, and a metadata server that gives them out."""

from __future__ import annotations

import base64
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


def token(*, kid: str = "suite", signer: str = "suite", **changes: Any) -> str:
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
    parts = [_part({"alg": "RS256", "kid": kid}), _part(told)]
    signed = ".".join(parts).encode()
    signature = key(signer).sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return ".".join([*parts, _encoded(signature)])


def issuer(asked: Asked) -> tuple[int, str]:
    """Gives out its keys, and tokens for whoever asks from inside."""
    if asked.path == KEYS:
        public = key("suite").public_key().public_numbers()
        n, e = (
            _encoded(value.to_bytes((value.bit_length() + 7) // 8))
            for value in (public.n, public.e)
        )
        jwk = {"kty": "RSA", "kid": "suite", "use": "sig", "alg": "RS256", "n": n, "e": e}
        return 200, json.dumps({"keys": [jwk]})
    if asked.path.startswith(IDENTITY) and asked.headers.get("metadata-flavor") == "Google":
        return 200, token()
    return 404, "{}"


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
