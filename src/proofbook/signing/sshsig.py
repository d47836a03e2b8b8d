"""
Signatures in the form of `ssh-keygen -Y sign`, read without that program.

The form is OpenSSH's PROTOCOL.sshsig: what is signed is not the message but its digest, together
with a namespace, so that a signature made for something else never counts here. Only Ed25519 keys
are read; OpenSSH makes one when it is asked for a key and told nothing more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from proofbook.signing.keys import KIND, of_blob
from proofbook.signing.wire import packed, unpacked

#: What people sign for: `ssh-keygen -Y sign -n proofbook`.
NAMESPACE = "proofbook"

_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4)
_HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
_ARMOUR = re.compile(
    r"\s*-----BEGIN SSH SIGNATURE-----\s(?P<body>[A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*"
)
_LINE = 70


class BadSignature(ValueError):
    """Text that is no signature of the message, and why."""


def signer(armoured: str, message: bytes, namespace: str = NAMESPACE) -> bytes:
    """The 32 bytes of the public key that signed `message`; `BadSignature` if none did."""
    found = _ARMOUR.fullmatch(armoured)
    if not found:
        raise BadSignature("it is not what ssh-keygen -Y sign writes")
    try:
        blob = base64.b64decode("".join(found["body"].split()), validate=True)
        key, space, reserved, hashed, signature = unpacked(_stripped(blob), 5)
        kind, raw = unpacked(signature, 2)
        public = of_blob(key)
    except (binascii.Error, ValueError) as error:
        raise BadSignature(str(error)) from None
    if space != namespace.encode():
        raise BadSignature(f"it was made for {space.decode(errors='replace')}, not for {namespace}")
    if kind != KIND or hashed not in _HASHES:
        raise BadSignature("it is of a kind that is not read here")
    digest = _HASHES[hashed](message).digest()
    try:
        VerifyKey(public).verify(_MAGIC + packed(space, reserved, hashed, digest), raw)
    except (BadSignatureError, ValueError):
        raise BadSignature("it does not fit what it should have signed") from None
    return public


def _stripped(blob: bytes) -> bytes:
    if not blob.startswith(_MAGIC + _VERSION):
        raise ValueError("it is no SSH signature of version 1")
    return blob.removeprefix(_MAGIC + _VERSION)


def sign(message: bytes, seed: bytes, namespace: str = NAMESPACE) -> str:
    """What `ssh-keygen -Y sign` would write, by the key of 32 secret bytes."""
    key, space = SigningKey(seed), namespace.encode()
    digest = hashlib.sha512(message).digest()
    raw = key.sign(_MAGIC + packed(space, b"", b"sha512", digest)).signature
    public = packed(KIND, bytes(key.verify_key))
    blob = _MAGIC + _VERSION + packed(public, space, b"", b"sha512", packed(KIND, raw))
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    body = "\n".join(lines)
    return f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n"
