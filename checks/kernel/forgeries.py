"""Tokens that are not the issuer's word: each is wrong in one way, and for a SuperAdmin."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from checks.kernel.tokens import encoded
from proofbook.instruments.signatures import ed25519

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.kernel.tokens import Issuer

#: Nobody's: tokens under it are a stranger's.
OTHER_SEED = b"\x09" * 32
#: Far enough from now that no clock is to blame.
HOUR_SECONDS = 3600
#: So many arrays in each other that a reader which calls itself for each is at its end, in 4 kB of a header.
DEPTH = 1500
#: DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 4).
SPKI = bytes.fromhex("302a300506032b6570032100")


def forgeries(issuer: Issuer, claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and token; `claims` are those of a sound one."""
    now = int(time.time())
    changed: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - HOUR_SECONDS},
        "not yet valid": {"nbf": now + HOUR_SECONDS},
        "of another issuer": {"iss": "https://issuer.example.invalid"},
        "without an issuer": {"iss": None},
    }
    if issuer.audience is not None:
        changed["for another audience"] = {"aud": "another"}
    for name, change in changed.items():
        told = {key: said for key, said in (dict(claims) | change).items() if said is not None}
        yield name, issuer.signed(told)
    yield "signed by another key", issuer.signed(claims, sign=_other)
    for spelled in ("none", "None", "NONE"):
        yield f"alg {spelled}", issuer.signed(claims, header={"alg": spelled}, sign=_unsigned)
    yield "alg none, signed", issuer.signed(claims, header={"alg": "none"})
    for name, secret in _secrets(issuer):
        yield (
            f"HS256 with the public key, {name}",
            issuer.signed(claims, header={"alg": "HS256"}, sign=_hs256(secret)),
        )
    sound = issuer.signed(claims)
    head, _, signature = sound.split(".")
    other = encoded(json.dumps(dict(claims) | {"sub": "somebody else"}).encode())
    yield "with other claims", f"{head}.{other}.{signature}"
    yield "without its signature", sound.rpartition(".")[0] + "."
    yield "cut short", sound[:-8]
    yield "of two parts", sound.rpartition(".")[0]
    yield "no token at all", "SuperAdmin"
    nested = encoded(b'{"deep":' + b"[" * DEPTH + b"]" * DEPTH + b"}")
    yield "with a header nested deep", f"{nested}.{other}.{signature}"
    yield "with claims nested deep", f"{head}.{nested}.{signature}"


def _other(message: bytes) -> bytes:
    return ed25519(OTHER_SEED, message)


def _unsigned(_: bytes) -> bytes:
    return b""


def _secrets(issuer: Issuer) -> Iterator[tuple[str, bytes]]:
    """What a careless verifier would take the public key to be."""
    der = SPKI + issuer.public
    body = base64.b64encode(der).decode()
    yield "its bytes", issuer.public
    yield "its base64", encoded(issuer.public).encode()
    yield "its DER", der
    yield "its PEM", f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode()


def _hs256(secret: bytes) -> Any:
    return lambda message: hmac.new(secret, message, sha256).digest()
