"""
Signed envelopes: DSSE 1.0.2, as in-toto and Sigstore read them.

What is signed is the payload's kind and its bytes, each with its length before it, so that neither
can be mistaken for the other. Whoever opens an envelope gets the bytes that were verified and reads
nothing else of it. A signature's `keyid` says where to look first; it never decides.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The kind of a payload that is an in-toto Statement.
INTOTO = "application/vnd.in-toto+json"
#: An envelope of more characters is no evidence of ours: it is refused before anything is decoded.
LARGEST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who can sign, and how the key is called."""

    keyid: str
    #: The 64 bytes of an Ed25519 signature over the bytes given.
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope held, and whose signatures on it are good."""

    body: bytes
    #: Names of trusted keys, sorted; never empty.
    signers: tuple[str, ...]


def pae(kind: str, body: bytes) -> bytes:
    """The bytes that are signed: the kind and the body, each behind its length in bytes."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(body), body)


def sealed(body: bytes, *signers: Signer, kind: str = INTOTO) -> str:
    """An envelope around `body` with a signature by each signer; one line of JSON, no line end."""
    signatures = [{"keyid": s.keyid, "sig": _base64(s.sign(pae(kind, body)))} for s in signers]
    whole = {"payload": _base64(body), "payloadType": kind, "signatures": signatures}
    return json.dumps(whole, separators=(",", ":"))


def opened(text: str, trusted: Mapping[str, bytes], *, kind: str = INTOTO) -> Opened:
    """
    The body of an envelope that at least one trusted key has signed.

    `trusted` are raw public keys of 32 bytes by their names. Raises `ValueError` for a text that is no envelope, for one
    that nobody trusted has signed, and for one that is signed as another kind than `kind`.
    """
    body, found, signatures = _parts(text)
    signed = pae(found, body)
    signers = {
        name
        for name, key in trusted.items()
        if any(_is_signed(signed, signature, key) for signature in signatures)
    }
    if not signers:
        raise ValueError(f"none of its {len(signatures)} signatures is by a trusted key")
    if found != kind:
        raise ValueError(f"it is signed as {found!r} and was taken for {kind!r}")
    return Opened(body, tuple(sorted(signers)))


def _parts(text: str) -> tuple[bytes, str, list[bytes]]:
    """Body, kind and signatures of what is an envelope by its shape."""
    if len(text) > LARGEST:
        raise ValueError(f"it is longer than {LARGEST} characters")
    try:
        whole = json.loads(text)
        signatures = [_bytes(signature["sig"]) for signature in whole["signatures"]]
        return _bytes(whole["payload"]), _word(whole["payloadType"]), signatures
    except (RecursionError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"it is no envelope: {type(error).__name__}, {error}") from None


def _is_signed(signed: bytes, signature: bytes, key: bytes) -> bool:
    try:
        VerifyKey(key).verify(signed, signature)
    except (CryptoError, ValueError, TypeError):
        return False
    return True


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")  # noqa: TRY004 - one kind of error
    return value


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(text: object) -> bytes:
    """Base64 of either alphabet, padded or not; `ValueError` for anything else, stray bits included."""
    plain = _word(text).replace("-", "+").replace("_", "/").rstrip("=")
    padded = plain + "=" * (-len(plain) % 4)
    try:
        data = b64decode(padded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is not base64: {error}") from None
    if _base64(data) != padded:
        raise ValueError("it is not base64: bits are set that belong to no byte")
    return data
