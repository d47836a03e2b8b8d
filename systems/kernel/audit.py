"""
Append to the audit chain: events queue at its end, so it cannot fork, and each is signed before it is stored.

An event is part of the transaction of what it tells: neither is there without the other.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis import instants
from systems.chassis.canonical import canonical
from systems.chassis.http import Refusal
from systems.kernel.chain import event_hash
from systems.kernel.signatures import data_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from uuid import UUID

    from systems.chassis.store import Session, Transaction
    from systems.kernel.metrics import Metrics
    from systems.kernel.signer import Signer


@dataclass(slots=True)
class Recording:
    """One transaction that appends events."""

    tx: Transaction
    signer: Signer
    #: When each append began to wait for the chain's end.
    began: list[float] = field(default_factory=list)

    async def append(self, event_type: str, payload: Mapping[str, object]) -> UUID:
        """One more event; its id. Raises KmsUnavailable."""
        self.began.append(time.monotonic())
        head = await self.tx.one("audit_head")
        last = await self.tx.row("event_ts", seq=head.count)
        ts = max(instants.now(), instants.text(last.ts)) if last else instants.now()
        event_id = uuid4()
        digest = event_hash(event_type, payload, head.head_hash, ts)
        signature = await self.signer.sign_data(data_text(digest, ts))
        event = {
            "id": event_id,
            "seq": head.count + 1,
            "event_type": event_type,
            "payload": canonical(payload),
            "prev_hash": head.head_hash,
            "hash": digest,
            "signature": signature.text,
            "signer_id": signature.signer_id,
            "key_version": signature.key_version,
            "ts": ts,
        }
        following = {"count": head.count + 1, "head_hash": digest}
        await self.tx.run_all([("add_event", event), ("set_head", following)])
        return event_id


@asynccontextmanager
async def recording(session: Session, signer: Signer, metrics: Metrics) -> AsyncIterator[Recording]:
    """A transaction that may append; what it appended is timed up to its commit."""
    began: list[float] = []
    try:
        async with session.transaction() as tx:
            yield Recording(tx, signer, began)
    except Refusal:
        raise
    except BaseException:
        if began:
            metrics.count("kernel_audit_append_failures")
        raise
    for moment in began:
        metrics.appends.observe(time.monotonic() - moment)
