"""Ed25519 and HMAC-SHA-256, for the suite's own side of a signature."""

from __future__ import annotations

import hashlib
import hmac

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

#: The order of Ed25519's group: a signature's second half counts modulo this number.
ORDER = 2**252 + 27742317777372353535851937790883648493
#: Bytes of an Ed25519 signature: 32 for the point R, 32 for the number S.
SIGNATURE_BYTES = 64
HALF = SIGNATURE_BYTES // 2


def public_key(seed: bytes) -> bytes:
    """The 32 bytes of the public key of a 32-byte seed."""
    return SigningKey(seed).verify_key.encode()


def ed25519(seed: bytes, message: bytes) -> bytes:
    """The 64-byte signature of a message under a 32-byte seed."""
    return SigningKey(seed).sign(message).signature


def is_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over the message; junk of any length is not."""
    try:
        # Both arguments, always: of one alone, libsodium takes the first 64 bytes for the signature.
        VerifyKey(public).verify(message, signature)
    except (CryptoError, ValueError):
        return False
    return True


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32-byte tag of a message; a key in hex or base64 is for the caller to decode, or not."""
    return hmac.new(key, message, hashlib.sha256).digest()


def raised(signature: bytes) -> bytes:
    """
    The same Ed25519 signature with S + L for S: it verifies wherever S is not held below L.

    `ValueError` for what has not the length of a signature.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"an Ed25519 signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
    number = int.from_bytes(signature[HALF:], "little") + ORDER
    return signature[:HALF] + number.to_bytes(HALF, "little")
