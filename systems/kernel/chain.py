"""
The audit chain: what an event's hash is, and whether stored events are the ones that were written.

Pure: rows and keys go in, the first thing that is wrong comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from systems.chassis import instants
from systems.chassis.canonical import canonical, digest
from systems.kernel.signatures import data_text, is_signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nacl.signing import VerifyKey

    from systems.chassis.store import Row

    #: Signer and key version → public key; None where the signer never had such a key.
    Keys = Mapping[tuple[str, str], VerifyKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a chain: how many events, and the last one's hash."""

    count: int
    hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBad:
    """The first event that is not as it was written; no seq: the end itself is wrong."""

    seq: int | None
    reason: str


def event_hash(event_type: str, payload: object, prev_hash: str | None, ts: str) -> str:
    """The hash of an event, over its four parts in exactly this order."""
    parts = {"eventType": event_type, "payload": payload, "prevHash": prev_hash, "ts": ts}
    return digest(
        "{" + ",".join(f'"{name}":{canonical(value)}' for name, value in parts.items()) + "}"
    )


def shown(row: Row) -> dict[str, Any]:
    """An event as it goes out."""
    return {
        "id": str(row.id),
        "eventType": row.event_type,
        "payload": row.payload,
        "prevHash": row.prev_hash,
        "hash": row.hash,
        "signature": row.signature,
        "signerId": row.signer_id,
        "keyVersion": row.key_version,
        "ts": instants.exact(row.ts),
    }


def walk(rows: Iterable[Row], after: Head, keys: Keys) -> Head | FirstBad:
    """Follow rows on from the end of those before them; where they end, or what is wrong first."""
    count, last = after.count, after.hash
    for row in rows:
        reason = _flaw(row, count + 1, last, keys)
        if reason:
            return FirstBad(seq=row.seq, reason=reason)
        count, last = row.seq, row.hash
    return Head(count=count, hash=last)


def _flaw(row: Row, seq: int, prev_hash: str | None, keys: Keys) -> str:
    """What is wrong with an event that should stand at this place; empty if nothing is."""
    if (row.seq, row.prev_hash) != (seq, prev_hash):
        return "link"
    ts = instants.exact(row.ts)
    if event_hash(row.event_type, row.payload, row.prev_hash, ts) != row.hash:
        return "hash"
    key = keys[row.signer_id, row.key_version]
    if key is None or not is_signed(data_text(row.hash, ts), row.signature, key):
        return "signature"
    return ""
