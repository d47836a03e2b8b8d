"""What workers call: claim, heartbeat, result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal, fields_of, reply
from systems.coreos import queue, requests, results
from systems.coreos.events import Journal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.coreos.service import Service


@dataclass(frozen=True, slots=True)
class WorkerRoutes:
    """Handlers for whoever holds the shared secret; `claimable` is open."""

    service: Service

    async def claimable(self, _request: Request) -> Response:
        """GET claim: how many jobs a claim could hand out; it hands out none."""
        async with self.service.store.transaction() as tx:
            row = await tx.row("claimable")
        return reply({"ok": True, "claimable": row.n if row else 0})

    async def claim(self, request: Request) -> Response:
        """POST claim: one job, or none."""
        body = await self.service.worker_body(request, "claim")
        worker_id, instance_id = requests.worker(fields_of(body))
        hold_ms = self.service.settings.worker_id_hold_seconds * 1000
        journal, jobs = Journal(), []
        async with self.service.store.transaction() as tx:
            is_free = await queue.is_worker_free(
                tx, worker_id=worker_id, instance_id=instance_id, hold_ms=hold_ms
            )
            if is_free:
                jobs = await queue.claim(tx, worker_id=worker_id, journal=journal)
            else:
                journal.count("claim_conflict", reason="worker_id_in_use")
            await journal.write(tx)
        if not is_free:
            error = f"Worker id {worker_id} is in use by another process"
            raise Refusal(409, error, "WORKER_ID_IN_USE")
        return reply({"job": _handed_out(jobs[0]) if jobs else None})

    async def heartbeat(self, request: Request) -> Response:
        """POST heartbeat: a longer lease, for its holder."""
        body = await self.service.worker_body(request, "heartbeat")
        job_id, worker_id, instance_id, attempt = requests.beat(fields_of(body))
        journal = Journal()
        async with self.service.store.transaction() as tx:
            lease = await queue.heartbeat(
                tx, job_id=job_id, worker_id=worker_id, attempt=attempt, journal=journal
            )
            if not isinstance(lease, Refusal):
                await tx.run("worker_beats", worker_id=worker_id, instance_id=instance_id)
            await journal.write(tx)
        if isinstance(lease, Refusal):
            raise lease
        return reply({"jobId": job_id, "leaseUntil": lease})

    async def result(self, request: Request) -> Response:
        """POST result: the job's fate, decided once."""
        body = await self.service.worker_body(request, "result")
        settings = self.service.settings
        if settings.is_production and settings.has_dev_mode:
            error = "Fatal server misconfiguration: dev-mode is active in production"
            raise Refusal(500, error, "FATAL_MISCONFIG")
        try:
            result = results.read(fields_of(body), settings.worker_secret)
        except Refusal as refusal:
            if refusal.body.get("code") == "INVALID_SIGNATURE":
                await self.service.count_auth_failure("result")
            raise
        answer = await self._decide(result)
        if isinstance(answer, Refusal):
            raise answer
        return reply(answer)

    async def _decide(self, result: results.Result) -> dict[str, object] | Refusal:
        journal = Journal()
        async with self.service.store.transaction() as tx:
            answers = await queue.finish(
                tx,
                [result],
                longest_backoff_ms=self.service.settings.retry_max_delay_ms,
                journal=journal,
            )
            answer = answers[0] if answers else await queue.refusal_of(tx, result, journal)
            await journal.write(tx)
        return answer


def _handed_out(job: Row) -> dict[str, object]:
    return {
        "ticket": job.ticket,
        "payload": job.payload,
        "version": job.version,
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "leaseUntil": job.lease_until,
    }
