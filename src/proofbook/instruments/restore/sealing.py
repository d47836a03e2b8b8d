"""
Backups under a key that is held apart from them: libsodium's secret stream, a chunk at a time.

A sealed file is a mark, the id of its key, the stream's header, and chunks of 1 MiB, the last of which
is marked as the last: what was cut off, flipped, swapped or added is noticed, and nothing of it is
given out as whole. Made of PyNaCl alone, which every clone has.
"""

from __future__ import annotations

import base64
import binascii
from hashlib import blake2b
from typing import IO, TYPE_CHECKING

from nacl import bindings
from nacl.exceptions import CryptoError

from proofbook.instruments.restore.broken import Broken

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"proofbook-sealed-1\n"
CHUNK_BYTES = 1 << 20
KEY_BYTES = 32
_ID_BYTES = 16
_HEADER_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_TAG_BYTES = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_MORE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


def key_of(text: str) -> bytes:
    """The 32 bytes of a key that is written in hexadecimal or base64. Raises `ValueError`."""
    said = text.strip()
    for read in (bytes.fromhex, lambda each: base64.b64decode(each, validate=True)):
        try:
            key = read(said)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    raise ValueError(f"the key is not {KEY_BYTES} bytes in hexadecimal or base64")


def key_id(key: bytes) -> str:
    """What a key is called: a digest of it that says nothing of it, in hexadecimal."""
    return blake2b(key, digest_size=_ID_BYTES, person=b"proofbook-key-id").hexdigest()


def is_sealed(file: Path) -> bool:
    """Whether a file says that it is sealed."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def seal(plain: Path, sealed: Path, key: bytes) -> None:
    """Write `sealed`; any chunk that is not full ends it."""
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    header = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    with plain.open("rb") as source, sealed.open("wb") as into:
        into.write(MAGIC + bytes.fromhex(key_id(key)) + header)
        chunk = source.read(CHUNK_BYTES)
        while chunk or into.tell() == len(MAGIC) + _ID_BYTES + _HEADER_BYTES:
            following = source.read(CHUNK_BYTES)
            tag = _MORE if following else _LAST
            into.write(bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, None, tag))
            chunk = following


def unseal(sealed: Path, plain: Path, key: bytes) -> None:
    """Write `plain`. Raises `Broken` for another key, and for a file that is not as it was sealed."""
    with sealed.open("rb") as source, plain.open("wb") as into:
        if source.read(len(MAGIC)) != MAGIC:
            raise Broken("decrypt", "it is not sealed: its first bytes are others")
        said = source.read(_ID_BYTES).hex()
        if said != key_id(key):
            raise Broken("decrypt", f"it was sealed with the key {said}, and this is {key_id(key)}")
        _poured(source, into, key)


def _poured(source: IO[bytes], into: IO[bytes], key: bytes) -> None:
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    try:
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(
            state, source.read(_HEADER_BYTES), key
        )
        tag = _MORE
        while chunk := source.read(CHUNK_BYTES + _TAG_BYTES):
            if tag == _LAST:
                raise Broken("decrypt", "something was added after its end")
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, chunk, None)
            into.write(plain)
    except (CryptoError, RuntimeError, ValueError, TypeError):
        raise Broken("decrypt", f"it is damaged {source.tell()} bytes in") from None
    if tag != _LAST:
        raise Broken("decrypt", f"it was cut off after {source.tell()} bytes")
