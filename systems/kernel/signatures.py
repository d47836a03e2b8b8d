"""
What is signed, and whether it is: Ed25519 over canonical texts, in standard base64.

Pure: texts and keys go in, texts and truths come out.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from systems.chassis.canonical import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "ed25519"
#: DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 4).
SPKI = bytes.fromhex("302a300506032b6570032100")
KEY_BYTES = 32
SIGNATURE_BYTES = 64
_PEM = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----")


def manifest_text(manifest: object, ts: str) -> str:
    """What is signed of a manifest; the time is the one that is stored."""
    return canonical({"manifest": manifest, "ts": ts})


def data_text(data: str, ts: str) -> str:
    """What is signed of a digest."""
    return canonical({"data": data, "ts": ts})


def approval_text(upgrade_id: str, approver_id: str, manifest: object) -> str:
    """What an approver signs of an upgrade."""
    signed = {"approverId": approver_id, "manifestHash": digest(canonical(manifest))}
    return canonical(signed | {"upgradeId": upgrade_id})


def head_digest(count: int, head_hash: str | None) -> str:
    """What stands for the end of a chain."""
    return digest(canonical({"count": count, "headHash": head_hash}))


def rotation_digest(payload: Mapping[str, object]) -> str:
    """What stands for a rotation: its payload without the signatures over it."""
    signed = {name: value for name, value in payload.items() if name != "signatures"}
    return digest(canonical(signed))


def is_signed(text: str, signature: object, key: VerifyKey) -> bool:
    """Whether a signature, in padded standard base64, is this key's over this text."""
    try:
        key.verify(text.encode(), signature_bytes(signature))
    except (ValueError, BadSignatureError):
        return False
    return True


def signature_bytes(text: object) -> bytes:
    """The 64 bytes of a signature. Raises ValueError."""
    raw = _bytes(text)
    if len(raw) != SIGNATURE_BYTES:
        raise ValueError("64 bytes in base64 are wanted")
    return raw


def is_ed25519(algorithm: object) -> bool:
    """Whether a name is that of the one algorithm; no name stands for it, too."""
    return algorithm is None or (
        isinstance(algorithm, str) and algorithm.lower() in ("", ALGORITHM)
    )


def public_key(text: object) -> VerifyKey:
    """A public key as PEM, or in base64: SPKI or 32 bytes. Raises ValueError."""
    if isinstance(text, str) and text.strip().startswith(_PEM[0]):
        text = "".join(line for line in text.split("\n") if not line.startswith("-----")).strip()
    raw = _bytes(text)
    if raw.startswith(SPKI) and len(raw) == len(SPKI) + KEY_BYTES:
        raw = raw[len(SPKI) :]
    if len(raw) != KEY_BYTES:
        raise ValueError("an Ed25519 public key is wanted")
    return VerifyKey(raw)


def spki(key: VerifyKey) -> str:
    """A public key as it is published: base64 of its SPKI."""
    return base64.b64encode(SPKI + bytes(key)).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str) or not text.isascii():
        raise ValueError("base64 is wanted")
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("standard base64 with padding is wanted") from error
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 with spare bits is no signature of anybody")
    return raw
