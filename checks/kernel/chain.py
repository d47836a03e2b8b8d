"""
The audit chain by the contract's formulas, and an Ed25519 that is not the system's.

    events, head = exported(text)                  # of /kernel/audit/export
    broken(events, keys)                           # why it is no chain, a sentence each; () if it is one
    ordered(stored(row) for row in rows)           # rows of audit_events, from the root on

`keys(signer_id, key_version)` gives the public keys that may have signed. Nothing here asks anybody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from proofbook.instruments.signatures import canonical_json, is_ed25519

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

Keys = Callable[[str, str], Collection[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, as it is shown or stored."""

    id: str
    event_type: str
    payload: Any
    prev_hash: str | None
    hash: str
    signature: str | None
    signer_id: str
    #: "" where it is not stored: then every published version may have signed.
    key_version: str
    #: As it was hashed: UTC, three decimals, `Z`.
    ts: str
    #: Its place from 1 on; `None` where it is not told.
    seq: int | None = None


def shown(told: Mapping[str, Any]) -> Event:
    """An event as `GET /kernel/audit/{id}` and a line of the export tell it; a `KeyError` if it lacks a field."""
    return Event(
        id=told["id"],
        event_type=told["eventType"],
        payload=told["payload"],
        prev_hash=told.get("prevHash"),
        hash=told["hash"],
        signature=told["signature"],
        signer_id=told["signerId"],
        key_version=told["keyVersion"],
        ts=told["ts"],
        seq=told.get("seq"),
    )


def exported(text: str) -> tuple[list[Event], dict[str, Any]]:
    """The events of an export, in its order, and its head."""
    lines = [json.loads(line) for line in text.splitlines() if line]
    events = [shown(line) for line in lines if "head" not in line]
    return events, next((line["head"] for line in reversed(lines) if "head" in line), {})


def stored(row: Mapping[str, Any]) -> Event:
    """An event as its row of `audit_events` holds it."""
    return Event(
        id=str(row["id"]),
        event_type=row["event_type"],
        payload=row["payload"],
        prev_hash=row["prev_hash"],
        hash=row["hash"],
        signature=row["signature"],
        signer_id=row["signer_id"],
        key_version=row.get("key_version") or "",
        ts=iso(row["ts"]),
        seq=row.get("seq"),
    )


def iso(instant: datetime) -> str:
    """An instant as the contract writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def ordered(events: Iterable[Event]) -> list[Event]:
    """The events from the root along the links; what hangs on no root is left out, of a fork one side."""
    after = {event.prev_hash: event for event in events}
    chain: list[Event] = []
    end: str | None = None
    while (event := after.pop(end, None)) is not None:
        chain.append(event)
        end = event.hash
    return chain


def event_hash(event: Event) -> str:
    """Its hash in lower hexadecimal, over these four in this order, the payload canonical."""
    fields = {
        "eventType": event.event_type,
        "payload": event.payload,
        "prevHash": event.prev_hash,
        "ts": event.ts,
    }
    text = ",".join(f'"{name}":{canonical_json(said)}' for name, said in fields.items())
    return digest("{" + text + "}")


def digest(text: str) -> str:
    """SHA-256 of a text in lower hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_signed(data: str, ts: str, signature: str | None, publics: Iterable[bytes]) -> bool:
    """Whether a signature over a digest and an instant is right under any of the keys."""
    message = canonical_json({"data": data, "ts": ts}).encode()
    raw = signature_bytes(signature)
    return any(is_ed25519(public, message, raw) for public in publics)


def signature_bytes(text: object) -> bytes:
    """A signature out of standard base64 with padding; no bytes where it is spelled otherwise."""
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        return b""


def head_digest(count: int, head_hash: str | None) -> str:
    """What a head's signature is over."""
    return digest(canonical_json({"count": count, "headHash": head_hash}))


def forks(events: Iterable[Event]) -> tuple[str, ...]:
    """Hashes (or the root) that more than one event follows."""
    followed = Counter(event.prev_hash for event in events)
    return tuple(
        f"{times} events follow {prev or 'no event'}"
        for prev, times in followed.items()
        if times > 1
    )


def dangling(events: Collection[Event]) -> tuple[str, ...]:
    """Events that follow one which is not there."""
    known = {event.hash for event in events} | {None}
    return tuple(
        f"{event.id} follows {event.prev_hash}, which is no event's hash"
        for event in events
        if event.prev_hash not in known
    )


def unlinked(events: Sequence[Event], before: str | None = None) -> tuple[str, ...]:
    """Events of a sequence that do not follow the one before them; `before` the hash before the first."""
    ends = [before, *(event.hash for event in events)]
    return tuple(
        f"{event.id} follows {event.prev_hash} and stands after {end}"
        for event, end in zip(events, ends, strict=False)
        if event.prev_hash != end
    )


def misnumbered(events: Sequence[Event]) -> tuple[str, ...]:
    """Events whose number is not that before it and one; those that tell none are not judged."""
    numbers = [event.seq for event in events]
    return tuple(
        f"number {number} stands after number {last}"
        for last, number in itertools.pairwise(numbers)
        if last is not None and number != last + 1
    )


def mishashed(events: Iterable[Event]) -> tuple[str, ...]:
    """Events whose hash is not that of what they say."""
    return tuple(
        f"{event.id} ({event.event_type}): its hash is {event.hash}, that of what it says {right}"
        for event in events
        if event.hash != (right := event_hash(event))
    )


def missigned(events: Iterable[Event], keys: Keys) -> tuple[str, ...]:
    """Events whose signature does not verify from what they say alone."""
    return tuple(
        f"{event.id} ({event.event_type}): {event.signature!r} is no signature of its hash and ts"
        for event in events
        if not is_signed(
            event.hash, event.ts, event.signature, keys(event.signer_id, event.key_version)
        )
    )


def broken(events: Sequence[Event], keys: Keys, before: str | None = None) -> tuple[str, ...]:
    """All that is wrong with a sequence of events that should be one chain."""
    return (
        *unlinked(events, before),
        *misnumbered(events),
        *mishashed(events),
        *missigned(events, keys),
    )
