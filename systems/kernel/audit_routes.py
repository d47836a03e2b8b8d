"""Read the audit chain: one event, its signed end, all of it, and whether it is what was written."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from systems.chassis import instants
from systems.chassis.canonical import canonical
from systems.chassis.http import Refusal
from systems.kernel import chain, principals, requests
from systems.kernel.chain import FirstBad, Head
from systems.kernel.kms_client import KeyNotFound
from systems.kernel.signatures import data_text, head_digest
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from nacl.signing import VerifyKey
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.kernel.service import Service

START = Head(count=0, hash=None)


@dataclass(frozen=True, slots=True)
class AuditRoutes:
    """Handlers for those who audit."""

    service: Service

    async def event(self, request: Request) -> Response:
        """GET one event."""
        await self.service.allow(request, principals.AUDIT_READERS)
        event_id = requests.uuid(request.path_params["id"], "id")
        async with self.service.store.transaction() as tx:
            row = await tx.row("event", id=event_id)
        if row is None:
            raise Refusal(404, "not found")
        shown = chain.shown(row)
        if shown["prevHash"] is None:
            del shown["prevHash"]
        return Answer(shown).response()

    async def head(self, request: Request) -> Response:
        """GET the chain's end, signed: whoever keeps it can prove a lost tail."""
        await self.service.allow(request, principals.AUDIT_READERS)
        async with self.service.store.transaction() as tx:
            head = await _head(tx)
        return Answer(await self._signed(head)).response()

    async def export(self, request: Request) -> Response:
        """GET every event, oldest first, a line each, and the signed end."""
        await self.service.allow(request, principals.AUDIT_READERS)
        async with self.service.store.transaction() as tx:
            await tx.run("snapshot")
            head, last = await _head(tx), (await tx.one("last_seq")).seq
        signed = await self._signed(head)
        return StreamingResponse(self._lines(last, signed), media_type="application/x-ndjson")

    async def verify(self, request: Request) -> Response:
        """GET whether the stored chain is what was written; the numbers tell it, too."""
        await self.service.allow(request, principals.AUDIT_READERS)
        async with self.service.store.transaction() as tx:
            await tx.run("snapshot")
            head, last = await _head(tx), (await tx.one("last_seq")).seq
            found = await self._walked(tx, last)
        if isinstance(found, Head) and found != head:
            found = FirstBad(seq=None, reason="head")
        self.service.metrics.is_chain_valid = isinstance(found, Head)
        if isinstance(found, FirstBad):
            bad = {"seq": found.seq, "reason": found.reason}
            return Answer({"ok": False, "count": head.count, "firstBad": bad}, 409).response()
        return Answer({"ok": True, "count": head.count, "headHash": head.hash}).response()

    async def _walked(self, tx: Transaction, last: int) -> Head | FirstBad:
        """Page by page, in a thread: a long chain holds up nobody."""
        head = START
        keys: dict[tuple[str, str], VerifyKey | None] = {}
        async for rows in _pages(tx, last):
            for row in rows:
                name = (row.signer_id, row.key_version)
                if name not in keys:
                    keys[name] = await self._key(*name)
            found = await asyncio.to_thread(chain.walk, rows, head, keys)
            if isinstance(found, FirstBad):
                return found
            head = found
        return head

    async def _key(self, signer_id: str, key_version: str) -> VerifyKey | None:
        try:
            return (await self.service.signer.public_key(signer_id, key_version)).key
        except KeyNotFound:
            return None

    async def _signed(self, head: Head) -> dict[str, Any]:
        ts = instants.now()
        text = data_text(head_digest(head.count, head.hash), ts)
        signature = await self.service.signer.sign_data(text)
        return {
            "count": head.count,
            "headHash": head.hash,
            "ts": ts,
            "signerId": signature.signer_id,
            "keyVersion": signature.key_version,
            "signature": signature.text,
        }

    async def _lines(self, last: int, head: dict[str, Any]) -> AsyncIterator[str]:
        async with self.service.store.transaction() as tx:
            async for rows in _pages(tx, last):
                yield "".join(
                    canonical({"seq": row.seq, **chain.shown(row)}) + "\n" for row in rows
                )
        yield canonical({"head": head}) + "\n"


async def _head(tx: Transaction) -> Head:
    row = await tx.one("head")
    return Head(count=row.count, hash=row.head_hash)


async def _pages(tx: Transaction, last: int) -> AsyncIterator[Sequence[Row]]:
    after = 0
    while rows := await tx.rows("events_after", after=after, last=last):
        yield rows
        after = rows[-1].seq
