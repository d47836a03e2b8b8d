"""What people and programs with a session call: enqueue, look, suspend, resume, prioritise, reorders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal, body_of, fields_of, reply
from systems.coreos import control, orders, requests
from systems.coreos.control import Change, NoChange
from systems.coreos.events import Event, Journal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.coreos.service import Service


@dataclass(frozen=True, slots=True)
class JobRoutes:
    """Handlers for sessions; `show` is open."""

    service: Service

    async def enqueue(self, request: Request) -> Response:
        """POST enqueue: a new job."""
        uid = self.service.uid(request)
        order = requests.order(
            fields_of(await body_of(request)),
            actor_id=uid,
            is_production=self.service.settings.is_production,
            lease_duration_ms=self.service.settings.lease_duration_ms,
        )
        journal = Journal()
        async with self.service.store.transaction() as tx:
            job = await self._enqueue(tx, order, journal)
            await journal.write(tx)
        return reply(_enqueued(job), 201)

    async def show(self, request: Request) -> Response:
        """GET one job; never its payload."""
        job_id = request.path_params["job_id"]
        async with self.service.store.transaction() as tx:
            job = await tx.row("job", job_id=job_id)
            if job is None:
                raise Refusal(404, f"Job not found: {job_id}")
            has_ended = job.status in control.TERMINAL
            last = await tx.row("last_result", job_id=job_id) if has_ended else None
        return reply(_shown(job) | ({"result": _outcome(last.result)} if last else {}))

    async def list(self, request: Request) -> Response:
        """GET the newest jobs, by status."""
        self.service.uid(request)
        query = request.query_params
        wanted, most = requests.statuses(query), requests.limit(query, 50)
        async with self.service.store.transaction() as tx:
            rows = await tx.rows("jobs", statuses=wanted, most=most)
        return reply({"count": len(rows), "jobs": [_listed(row) for row in rows]})

    async def suspend(self, request: Request) -> Response:
        """POST suspend: out of the queue until it is resumed."""
        change, fields = await self._change(request)
        reason = requests.reason(fields)
        async with self.service.store.transaction() as tx:
            done = await control.suspend(tx, change)
        return reply(_changed(change, done, "SUSPENDED") | ({"reason": reason} if reason else {}))

    async def resume(self, request: Request) -> Response:
        """POST resume: back into the orders."""
        change, _ = await self._change(request)
        async with self.service.store.transaction() as tx:
            done = await control.resume(tx, change)
        return reply(_changed(change, done, "PENDING"))

    async def prioritise(self, request: Request) -> Response:
        """POST priority: sooner or later."""
        change, fields = await self._change(request, needs_body=True)
        priority = requests.priority(fields)
        async with self.service.store.transaction() as tx:
            done = await control.prioritise(tx, change, priority)
        if isinstance(done, Refusal):
            raise done
        previous = priority if isinstance(done, NoChange) else done.previous
        return reply(
            {
                "jobId": change.job_id,
                "changed": previous != priority,
                "previousPriority": previous,
                "newPriority": priority,
            }
        )

    async def requeue(self, request: Request) -> Response:
        """POST requeue: an ended job's work, once more, as a new job."""
        change, _ = await self._change(request)
        journal = Journal()
        async with self.service.store.transaction() as tx:
            new_job_id = orders.new_id()
            done = await control.mark_requeued(tx, change, new_job_id)
            if not isinstance(done, Refusal | NoChange):
                order = control.order_again(done, change.actor_id)
                job = await self._enqueue(tx, order, journal, job_id=new_job_id)
                journal.note(_requeued(done))
            await journal.write(tx)
        if isinstance(done, Refusal):
            raise done
        return reply(_enqueued(job) | {"requeuedFrom": change.job_id}, 201)

    async def _enqueue(
        self, tx: Transaction, order: orders.Order, journal: Journal, job_id: str | None = None
    ) -> orders.Enqueued:
        return await orders.enqueue(
            tx,
            order,
            job_id=job_id or orders.new_id(),
            signer=self.service.signer,
            journal=journal,
        )

    async def _change(
        self, request: Request, *, needs_body: bool = False
    ) -> tuple[Change, Mapping[str, object]]:
        uid = self.service.uid(request)
        fields = fields_of(await body_of(request), may_be_absent=not needs_body)
        job_id = request.path_params["job_id"]
        return Change(job_id=job_id, actor_id=uid, seen=requests.seen(fields)), fields


def _enqueued(job: orders.Enqueued) -> dict[str, object]:
    return {
        "jobId": job.job_id,
        "status": "PENDING",
        "traceId": job.trace_id,
        "expiresAt": job.expires_at,
    }


def _changed(change: Change, done: Row | NoChange | Refusal, status: str) -> dict[str, object]:
    if isinstance(done, Refusal):
        raise done
    is_same = isinstance(done, NoChange)
    return {
        "jobId": change.job_id,
        "status": done.job.status if is_same else status,
        "changed": not is_same,
    }


def _requeued(job: Row) -> Event:
    return Event(
        type="job.requeue",
        job_id=job.job_id,
        status=job.status,
        attempts=job.attempts,
        worker_id=job.worker_id,
    )


def _shown(job: Row) -> dict[str, object]:
    return {
        "jobId": job.job_id,
        "status": job.status,
        "jobType": job.job_type,
        "traceId": job.trace_id,
        "workerId": job.worker_id,
        "claimedAt": job.claimed_at,
        "createdAt": job.created_at,
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "priority": job.priority,
        "nextRunAt": job.next_run_at,
        "leaseDurationMs": job.lease_duration_ms,
        "leaseUntil": job.lease_until,
    } | ({"lastError": job.last_error} if job.last_error else {})


def _outcome(result: Mapping[str, object]) -> dict[str, object]:
    optional = ("errorCode", "errorMessage")
    return {name: result[name] for name in ("status", "metrics", *optional) if name in result}


def _listed(job: Row) -> dict[str, object]:
    return {
        "jobId": job.job_id,
        "jobType": job.job_type,
        "status": job.status,
        "priority": job.priority,
        "workerId": job.worker_id,
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "createdAt": job.created_at,
        "updatedAt": job.updated_at,
        "suspendedAt": job.suspended_at,
        "suspendedBy": job.suspended_by,
    }
