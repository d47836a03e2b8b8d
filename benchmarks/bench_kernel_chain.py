"""
Verifying an audit chain of 100,000 events, beside its bare hashes and signatures.

The chain is the Kernel's own: linked, hashed over canonical JSON, signed with Ed25519. Verified is it by
what the Kernel does (`systems.kernel.chain.walk`) and by what the checks do, which share no line with it
(`checks.kernel.chain.broken`). The baseline is SHA-256 and Ed25519 alone, over texts that lie ready: at
most 1.5 times its processor time is wanted of each.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from nacl.signing import SigningKey

from checks.kernel import chain as checked
from systems.chassis import instants
from systems.chassis.canonical import canonical
from systems.kernel import chain
from systems.kernel.signatures import data_text

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = 100_000
WANTED = 1.5
_SIGNER, _VERSION = "kernel-signer-1", "v1"
_BEGAN = datetime(2026, 11, 21, tzinfo=UTC)


def main(events: int = EVENTS) -> int:
    """Print both ratios; 1 if one is more than is wanted."""
    key = SigningKey(bytes(range(32)))
    rows = _rows(events, key)
    ready = [_ready(row) for row in rows]
    public = key.verify_key
    keys = {(_SIGNER, _VERSION): public}
    shown = [checked.stored(vars(row)) for row in rows]

    def bare() -> None:
        for text, message, signature, wanted in ready:
            assert hashlib.sha256(text).hexdigest() == wanted
            public.verify(message, signature)

    def kernels() -> None:
        start = chain.Head(count=0, hash=None)
        found = chain.walk(rows, start, keys)
        assert found == chain.Head(count=events, hash=rows[-1].hash), found

    def checks() -> None:
        assert checked.broken(shown, lambda *_: (bytes(public),)) == ()

    base = _seconds(bare)
    print(f"{events} events: bare hashes and signatures {base:.2f} s of processor time")
    ratios = [_ratio(name, act, base) for name, act in (("Kernel", kernels), ("checks", checks))]
    return int(max(ratios) > WANTED)


def _rows(events: int, key: SigningKey) -> list[SimpleNamespace]:
    """A chain as the database gives it."""
    rows: list[SimpleNamespace] = []
    before: str | None = None
    for number in range(1, events + 1):
        at = _BEGAN + timedelta(milliseconds=number)
        payload = {
            "allocationId": str(UUID(int=number)),
            "entityId": f"entity-{number % 97}",
            "delta": number % 1000,
            "pool": "default",
            "principal": {"id": "suite-operator", "roles": ["Operator"]},
        }
        ts = instants.exact(at)
        hashed = chain.event_hash("allocation.requested", payload, before, ts)
        signature = key.sign(data_text(hashed, ts).encode()).signature
        rows.append(
            SimpleNamespace(
                id=UUID(int=number),
                seq=number,
                event_type="allocation.requested",
                payload=payload,
                prev_hash=before,
                hash=hashed,
                signature=base64.b64encode(signature).decode(),
                signer_id=_SIGNER,
                key_version=_VERSION,
                ts=at,
            )
        )
        before = hashed
    return rows


def _ready(row: SimpleNamespace) -> tuple[bytes, bytes, bytes, str]:
    """The bytes that are hashed, those that are signed, the signature, and the hash."""
    ts = instants.exact(row.ts)
    parts: dict[str, Any] = {"eventType": row.event_type, "payload": row.payload}
    parts |= {"prevHash": row.prev_hash, "ts": ts}
    text = "{" + ",".join(f'"{name}":{canonical(value)}' for name, value in parts.items()) + "}"
    message = data_text(row.hash, ts).encode()
    return text.encode(), message, base64.b64decode(row.signature), row.hash


def _ratio(name: str, act: Callable[[], None], base: float) -> float:
    seconds = _seconds(act)
    print(f"  {name}: {seconds:.2f} s, ratio {seconds / base:.2f} (at most {WANTED} wanted)")
    return seconds / base


def _seconds(act: Callable[[], None]) -> float:
    """Processor time of one run: other work on the machine does not count."""
    began = time.process_time()
    act()
    return time.process_time() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    sys.exit(main(parser.parse_args().events))
