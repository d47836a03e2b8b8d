"""
Ed25519 private keys in the file that OpenSSH keeps them in (PROTOCOL.key), without a passphrase.

Whatever `ssh-keygen -t ed25519 -N ''` made can sign runs, and `ssh-keygen` reads what is written here.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import sha256

from nacl.signing import SigningKey as _Nacl

from proofbook import dsse
from proofbook.signing.keys import KIND, fingerprint
from proofbook.signing.wire import packed, unpacked

_MAGIC = b"openssh-key-v1\0"
_OPENS = "-----BEGIN OPENSSH PRIVATE KEY-----"
_ENDS = "-----END OPENSSH PRIVATE KEY-----"
#: Both marks, and something between them.
_LEAST = 3
_ONE_KEY = (1).to_bytes(4)
_BLOCK, _SEED_BYTES, _CHECK_BYTES, _LINE = 8, 32, 8, 70
_COMMENT = b"proofbook"
_DAMAGED = "it is a damaged OpenSSH private key; make another"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; its 32 bytes are never shown."""

    seed: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return bytes(_Nacl(self.seed).verify_key)

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` of the public key."""
        return fingerprint(self.public)

    def signer(self) -> dsse.Signer:
        """Who signs envelopes, called by the fingerprint."""
        key = _Nacl(self.seed)
        return dsse.Signer(self.fingerprint, lambda data: key.sign(data).signature)


def private_text(key: SigningKey) -> str:
    """The file of a private key: whoever has it signs as its owner."""
    public = key.public
    check = sha256(public).digest()[: _CHECK_BYTES // 2] * 2
    secret = check + packed(KIND, public, key.seed + public, _COMMENT)
    secret += bytes(range(1, 1 + -len(secret) % _BLOCK))
    whole = _MAGIC + packed(b"none", b"none", b"") + _ONE_KEY + packed(packed(KIND, public), secret)
    text = base64.b64encode(whole).decode()
    lines = [text[at : at + _LINE] for at in range(0, len(text), _LINE)]
    return "\n".join([_OPENS, *lines, _ENDS, ""])


def signing_key(text: str) -> SigningKey:
    """
    The key in an OpenSSH private key file.

    Raises `ValueError`, which tells nothing of what it holds, for any other text, for a key that a
    passphrase locks, and for one of another kind than Ed25519.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < _LEAST or (lines[0], lines[-1]) != (_OPENS, _ENDS):
        raise ValueError(
            "it is no OpenSSH private key; make one with `ssh-keygen -t ed25519 -N ''`"
        )
    try:
        data = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_DAMAGED) from None
    return _private(data)


def _private(data: bytes) -> SigningKey:
    locked_by = packed(b"none", b"none", b"")
    if not data.startswith(_MAGIC):
        raise ValueError(_DAMAGED)
    rest = data.removeprefix(_MAGIC)
    if not rest.startswith(locked_by):
        raise ValueError("a passphrase locks it, and a run has nobody to ask; use one without")
    public, pair = _halves(rest.removeprefix(locked_by + _ONE_KEY))
    key = SigningKey(pair[:_SEED_BYTES])
    if pair != key.seed + public or key.public != public:
        raise ValueError(_DAMAGED)
    return key


def _halves(data: bytes) -> tuple[bytes, bytes]:
    """The public key, and seed and public key together."""
    _, secret = _strings(data, 2)
    kind, rest = _first(secret[_CHECK_BYTES:])
    if kind != KIND:
        found = kind.decode(errors="replace")
        wanted = KIND.decode()
        raise ValueError(f"it is a key of the kind {found}, and runs are signed with {wanted}")
    public, rest = _first(rest)
    return public, _first(rest)[0]


def _strings(data: bytes, count: int) -> list[bytes]:
    try:
        return unpacked(data, count)
    except ValueError:
        raise ValueError(_DAMAGED) from None


def _first(data: bytes) -> tuple[bytes, bytes]:
    """The string that `data` opens with, and the rest."""
    end = 4 + int.from_bytes(data[:4])
    if len(data) < end:
        raise ValueError(_DAMAGED)
    return data[4:end], data[end:]
