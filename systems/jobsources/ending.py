"""What a terminal callback does to its run: its event, the one move it may make, its offers; all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.canonical import canonical
from systems.chassis.http import Refusal
from systems.jobsources import classification, watchdog
from systems.jobsources.keeping import keep

if TYPE_CHECKING:
    from systems.chassis.store import Row, Transaction
    from systems.jobsources.callbacks import Ended

TERMINAL = ("COMPLETED", "FAILED")
REQUEST_ID, REASON = 128, 64
DUPLICATE = "Duplicate callback event ignored"


@dataclass(frozen=True, slots=True)
class Ending:
    """One callback, applied within a transaction that holds its run."""

    tx: Transaction
    told: Ended
    request_id: str

    async def apply(self) -> dict[str, object]:
        """The answer to the callback. Raises Refusal 404 or 400, and then nothing was done."""
        run = await self.tx.row("hold_run", id=self.told.source_run_id)
        if run is None:
            raise Refusal(404, "Source run not found")
        self.told.check()
        refused = await self._register()
        if refused:
            return _ignored(run.status, refused, warning=DUPLICATE)
        if run.status in TERMINAL:
            return self._too_late(run)
        return await (self._complete() if self.told.status == "COMPLETED" else self._fail())

    async def _register(self) -> str:
        """Write the event down; why not, where it was seen before or is out of its turn."""
        event_id = self.told.event_id.strip()
        if not event_id:
            return ""
        ids = {"run_id": self.told.source_run_id, "event_id": event_id}
        known = await self.tx.row("event", **ids)
        if known is not None:
            is_same = known.payload_hash == self.told.payload_hash
            return "DUPLICATE_EVENT_ID" if is_same else "CONFLICTING_EVENT_PAYLOAD"
        refused = await self._out_of_turn()
        if not refused:
            await self.tx.run(
                "add_event",
                **ids,
                request_id=self.request_id[:REQUEST_ID],
                status=self.told.status,
                attempt_no=self.told.attempt,
                payload_hash=self.told.payload_hash,
                emitted_at=self.told.moment,
                payload=self._payload(),
            )
        return refused

    async def _out_of_turn(self) -> str:
        if self.told.attempt <= 1:
            return ""
        latest = (await self.tx.one("latest_attempt", run_id=self.told.source_run_id)).latest
        if self.told.attempt < latest:
            return "STALE_ATTEMPT"
        return "ATTEMPT_ORDER_VIOLATION" if latest and self.told.attempt > latest + 1 else ""

    def _payload(self) -> str:
        told = {
            "status": self.told.status,
            "runId": self.told.run_id or None,
            "error": self.told.error or None,
            "failureType": self.told.failure_type or None,
            "failureCode": self.told.failure_code or None,
            "jobCount": self.told.job_count,
            "diagnostics": self.told.diagnostics or None,
        }
        return canonical({name: value for name, value in told.items() if value is not None})

    def _too_late(self, run: Row) -> dict[str, object]:
        if run.status == self.told.status:
            return _ignored(run.status, "RUN_ALREADY_FINALIZED")
        was_swept = run.status == "FAILED" and (run.error or "").startswith(watchdog.MARK)
        reason = (
            "LATE_CALLBACK_AFTER_STALE_RECOVERY"
            if was_swept
            else "RUN_FINALIZED_WITH_CONFLICTING_STATUS"
        )
        return _ignored(run.status, reason, warning=f"Run already finalized as {run.status}")

    async def _complete(self) -> dict[str, object]:
        told, run_id = self.told, self.told.source_run_id
        await self.tx.run("start_run", id=run_id)
        reason = told.diagnostics.get("emptyReason") if not told.offers else None
        moved = await self.tx.row(
            "complete_run",
            id=run_id,
            total_found=told.found,
            scraped_count=told.scraped,
            outcome=classification.completed(len(told.offers), told.diagnostics),
            empty_reason=reason[:REASON] if isinstance(reason, str) else None,
            quality=classification.quality(told.scraped, told.found),
        )
        if moved is None:
            raise RuntimeError("a run that is held has moved")
        inserted = await keep(self.tx, run_id, told.offers)
        await self._attempt()
        return {
            "ok": True,
            "status": "COMPLETED",
            "inserted": inserted,
            "totalOffers": len(told.offers),
            "idempotent": inserted == 0,
        }

    async def _fail(self) -> dict[str, object]:
        told = self.told
        moved = await self.tx.row(
            "fail_run",
            id=told.source_run_id,
            total_found=told.total_found,
            scraped_count=told.scraped_count,
            error=told.error.strip(),
            failure_type=told.kind,
            outcome=classification.failed(told.kind, told.scraped, told.diagnostics),
            quality="failed",
        )
        if moved is None:
            raise RuntimeError("a run that is held has moved")
        await self._attempt()
        return {"ok": True, "status": "FAILED", "inserted": 0, "idempotent": False}

    async def _attempt(self) -> None:
        told = self.told
        is_failed = told.status == "FAILED"
        await self.tx.run(
            "add_attempt",
            run_id=told.source_run_id,
            attempt_no=told.scrape_attempt,
            status=told.status,
            failure_type=told.kind if is_failed else None,
            failure_code=told.failure_code or None,
        )


def _ignored(status: str, reason: str, **more: object) -> dict[str, object]:
    ignored = {"ok": True, "status": status, "inserted": 0, "idempotent": True}
    return {**ignored, "reasonCode": reason, **more}
