"""
Who signed a message with a wallet: EIP-191, version 0x45 (`personal_sign`).

A signature is 65 bytes in hexadecimal after `0x`: r, s, and 27 or 28; the key is found from it, and the address is
the end of the key's hash.
"""

from __future__ import annotations

import re

from coincurve import PublicKey

from systems.marketplace import keccak

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
#: What the last byte is counted from.
FIRST_V = 27
ADDRESS_BYTES = 20


def is_address(text: object) -> bool:
    """Whether this is a wallet's address, in any case."""
    return isinstance(text, str) and ADDRESS.fullmatch(text) is not None


def digest(message: str) -> bytes:
    """What is signed of a message."""
    raw = message.encode("utf-8", "surrogatepass")
    return keccak.digest(b"\x19Ethereum Signed Message:\n%d%s" % (len(raw), raw))


def signer(message: str, signature: str) -> str | None:
    """The address that signed, in lower case; None where this is no signature."""
    if not SIGNATURE.fullmatch(signature):
        return None
    raw = bytes.fromhex(signature[2:])
    parity = raw[-1] - FIRST_V
    if parity not in (0, 1):
        return None
    try:
        key = PublicKey.from_signature_and_message(
            raw[:-1] + bytes([parity]), digest(message), hasher=None
        )
    except ValueError:
        return None
    return address(key)


def address(key: PublicKey) -> str:
    """The address of a key, in lower case."""
    point = key.format(compressed=False)[1:]
    return "0x" + keccak.digest(point)[-ADDRESS_BYTES:].hex()
