"""Ways in which a KMS fails those who ask it: each makes a tap before it do so on one path, or on all."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from checks.kernel.between import KMS_TIMEOUT_MS
from checks.kernel.chain import signature_bytes
from proofbook.instruments.signatures import ed25519

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.instruments.exchanges import Received
    from proofbook.instruments.tap import Tap

Damage = Callable[["Tap", str | None], None]
#: Nobody's: whoever knows it has no key that counts.
OTHER_SEED = b"\x07" * 32
#: A signature's bytes that no key ever made.
RANDOM = base64.b64encode(b"\x07" * 64).decode()
#: Longer than any Kernel of `between` waits, by more than a busy machine may keep it from looking at its clock.
LATE_SECONDS = KMS_TIMEOUT_MS / 1000 + 5
#: Who believes an answer that comes so late is seen to do so.
PATIENCE_SECONDS = LATE_SECONDS + 10


def other_key(request: Received, status: int, body: Any) -> tuple[int, Any]:
    """The same answer, signed by a key that is nobody's."""
    asked = request.json()
    text = str(asked.get("payload", asked.get("data")))
    return status, body | {
        "signature": base64.b64encode(ed25519(OTHER_SEED, text.encode())).decode()
    }


def unsigned(_: Received, status: int, body: Any) -> tuple[int, Any]:
    """The same answer without its signature."""
    return status, {name: said for name, said in body.items() if name != "signature"}


def random_signature(_: Received, status: int, body: Any) -> tuple[int, Any]:
    """The same answer with bytes that are no signature of anything."""
    return status, body | {"signature": RANDOM}


def flipped(_: Received, status: int, body: Any) -> tuple[int, Any]:
    """The same answer with one bit of its signature the other way."""
    raw = bytearray(signature_bytes(body["signature"]))
    raw[0] ^= 1
    return status, body | {"signature": base64.b64encode(bytes(raw)).decode()}


DAMAGES: Mapping[str, Damage] = {
    "stopped": lambda tap, path: tap.reset(path=path),
    "slow": lambda tap, path: tap.delay(LATE_SECONDS, path=path),
    "broken": lambda tap, path: tap.answer(500, {"error": "boom"}, path=path),
    "talking nonsense": lambda tap, path: tap.answer(200, "<html></html>", path=path),
    "signing with another key": lambda tap, path: tap.change(other_key, path=path),
}
