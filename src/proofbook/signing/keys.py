"""
Ed25519 public keys in OpenSSH's notation.

    ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… ada@example     a line of id_ed25519.pub
    SHA256:vB4m…                                           what `ssh-keygen -lf` prints of it

One notation serves people's keys and machines': both are Ed25519.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256

from proofbook.signing.wire import packed, unpacked

KIND = b"ssh-ed25519"
_PUBLIC_BYTES = 32
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


class BadKey(ValueError):
    """Text that is no Ed25519 public key; says what it is instead."""


def is_fingerprint(text: str) -> bool:
    """Whether `text` has the form of a key's fingerprint."""
    return _FINGERPRINT.fullmatch(text) is not None


def fingerprint(public: bytes) -> str:
    """`SHA256:…` of the 32 bytes of a public key, as `ssh-keygen -lf` prints it."""
    digest = sha256(packed(KIND, public)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def line_of(public: bytes, comment: str = "") -> str:
    """The line that OpenSSH would write of a public key."""
    return f"{KIND.decode()} {base64.b64encode(packed(KIND, public)).decode()} {comment}".rstrip()


def public_of(line: str) -> bytes:
    """The 32 bytes of the key in a line of OpenSSH's; `BadKey` for any other."""
    words = line.split(maxsplit=2)
    if not words or words[0] != KIND.decode():
        raise BadKey(
            f"its kind is {words[0] if words else 'nothing'}, and only ssh-ed25519 is read"
        )
    try:
        blob = base64.b64decode(words[1] if len(words) > 1 else "", validate=True)
        return of_blob(blob)
    except (binascii.Error, ValueError):
        raise BadKey("its second word is not an Ed25519 key in base64") from None


def of_blob(blob: bytes) -> bytes:
    """The 32 bytes of a key as SSH packs it; `ValueError` for another kind of key."""
    if not blob.startswith(packed(KIND)):
        raise ValueError("it is no Ed25519 key")
    _, public = unpacked(blob, 2)
    if len(public) != _PUBLIC_BYTES:
        raise ValueError(f"its key has {len(public)} bytes, not {_PUBLIC_BYTES}")
    return public
