"""
OIDC, played by the suite: an issuer's keys, their JWKS, and the metadata server that hands out ID tokens (§2.4).

    with_oidc = {**identity.env(), "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE}
    identity.token()                       sound: of this audience and issuer, verified e-mail, an hour to go
    identity.token(email=None, aud="x")    claims changed, or, where None, left out
    identity.token(kid="other", key=FOREIGN, alg="none")
    identity.minted                        tokens that the metadata server gave out
"""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from proofbook.instruments.servers import FakeServer
from proofbook.instruments.signatures import hmac_sha256

if TYPE_CHECKING:
    from proofbook.instruments.exchanges import Received
    from proofbook.instruments.servers import Answer

AUDIENCE = "https://api.jobsources.example"
EMAIL = "worker@jobsources.example"
ISSUER = "https://accounts.google.com"
KEYS = "/oauth2/v3/certs"
METADATA = "/computeMetadata/v1/instance"
TOKENS = f"{METADATA}/service-accounts/default/identity"
FLAVOR = {"Metadata-Flavor": "Google"}
#: Names of keys: the one that is published, and one that nobody publishes.
OURS, FOREIGN = "suite", "foreign"
LIFE_SECONDS = 3600
BITS = 2048


class Identity(FakeServer):
    """Publishes its key, and gives a token to whoever asks as from inside."""

    def __init__(self) -> None:
        #: What was given out, oldest first.
        self.minted: list[str] = []
        #: For whom they were asked.
        self.audiences: set[str] = set()
        _key(OURS)  # it takes a while: nobody who asks is to wait for it
        super().__init__(self._answer)

    def env(self) -> dict[str, str]:
        """What API and worker are told of it."""
        host = self.url.removeprefix("http://")
        return {"OIDC_JWKS_URL": self.url + KEYS, "GCE_METADATA_HOST": host}

    def token(
        self, *, key: str = OURS, kid: str | None = OURS, alg: str = "RS256", **claims: Any
    ) -> str:
        """A token that counts, but for what is changed; a claim that is None is left out."""
        now = int(time.time())
        told = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "1234567890",
            "email": EMAIL,
            "email_verified": True,
            "iat": now,
            "exp": now + LIFE_SECONDS,
        } | claims
        head = {"alg": alg, "typ": "JWT", "kid": kid}
        parts = [_part(head), _part(told)]
        return ".".join([*parts, _encoded(_signature(alg, ".".join(parts).encode(), key))])

    def _answer(self, received: Received) -> Answer:
        if received.path == KEYS:
            return 200, {"keys": [_published()]}
        is_inside = received.header("Metadata-Flavor") == "Google"
        if received.path == TOKENS and is_inside:
            audience = parse_qs(received.query).get("audience", [""])[0]
            self.audiences.add(audience)
            self.minted.append(self.token(aud=audience))
            return 200, self.minted[-1], FLAVOR
        if received.path.rstrip("/") == METADATA:
            return 200, "", FLAVOR
        return 404, ""


@cache
def _key(name: str) -> rsa.RSAPrivateKey:
    """A key by its name, the same each time."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def _published() -> dict[str, str]:
    public = _key(OURS).public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": OURS,
        "use": "sig",
        "alg": "RS256",
        "n": _number(public.n),
        "e": _number(public.e),
    }


def _signature(alg: str, message: bytes, key: str) -> bytes:
    if alg == "none":
        return b""
    if alg == "HS256":  # with what everybody can read for a secret
        return hmac_sha256(_published()["n"].encode(), message)
    return _key(key).sign(message, padding.PKCS1v15(), hashes.SHA256())


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8))


def _part(value: dict[str, Any]) -> str:
    told = {name: said for name, said in value.items() if said is not None}
    return _encoded(json.dumps(told).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
