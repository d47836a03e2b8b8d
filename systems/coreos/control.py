"""
What people do to jobs: suspend, resume, prioritise, requeue, and reap those whose lease ran out.

Each is one conditional update. If it changes nothing, the job is read under a lock to say why; if the reason is gone
by then, the update is made while the lock is held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.coreos.backoff import backoff_ms
from systems.coreos.events import Event
from systems.coreos.orders import Order

if TYPE_CHECKING:
    from systems.chassis.store import Row, Transaction
    from systems.coreos.events import Journal

WAITING = ("PENDING", "FAILED_RETRYABLE")
ENDED = ("DEAD", "FAILED")
TERMINAL = ("COMPLETED", *ENDED)
REAPED_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A wish to change one job, by somebody who saw it in a state of some time (ms), or did not say."""

    job_id: str
    actor_id: str
    seen: int | None


@dataclass(frozen=True, slots=True)
class NoChange:
    """The job is already as wished."""

    job: Row


#: Says of a locked job why a change does not happen; None if nothing stands against it.
Judge = Callable[["Row"], Refusal | NoChange | None]


async def suspend(tx: Transaction, change: Change) -> Row | NoChange | Refusal:
    """Take a waiting job out of the queue."""

    def judge(job: Row) -> Refusal | NoChange | None:
        if job.status == "SUSPENDED":
            return NoChange(job)
        if job.status in WAITING:
            return None
        return _cannot("suspend", job, "PENDING, FAILED_RETRYABLE jobs can be suspended")

    return await _change(tx, "suspend", change, judge, actor_id=change.actor_id)


async def resume(tx: Transaction, change: Change) -> Row | NoChange | Refusal:
    """Put a suspended job back."""

    def judge(job: Row) -> NoChange | None:
        return None if job.status == "SUSPENDED" else NoChange(job)

    return await _change(tx, "resume", change, judge)


async def prioritise(tx: Transaction, change: Change, priority: int) -> Row | NoChange | Refusal:
    """Give an unfinished job another priority."""

    def judge(job: Row) -> Refusal | NoChange | None:
        if job.status in TERMINAL:
            return Refusal(409, f"Cannot change priority of job in status '{job.status}'.")
        return NoChange(job) if job.priority == priority else None

    return await _change(tx, "prioritise", change, judge, priority=priority)


async def mark_requeued(
    tx: Transaction, change: Change, new_job_id: str
) -> Row | NoChange | Refusal:
    """Note on an ended job that another takes its place: once."""

    def judge(job: Row) -> Refusal | None:
        if job.status not in ENDED:
            return _cannot("requeue", job, "DEAD, FAILED jobs can be requeued")
        if job.requeued_as:
            error = f"Job {job.job_id} was already requeued as {job.requeued_as}"
            return Refusal(409, error, "ALREADY_REQUEUED")
        return None

    return await _change(tx, "mark_requeued", change, judge, new_job_id=new_job_id)


def order_again(job: Row, actor_id: str) -> Order:
    """The order that an ended job came from, placed by somebody anew."""
    return Order(
        job_type=job.job_type,
        payload=job.payload,
        policy_decision_id=job.ticket["policyDecisionId"],
        scope=job.ticket["scope"],
        trace_id=job.trace_id,
        actor_id=actor_id,
        max_attempts=job.max_attempts,
        lease_duration_ms=job.lease_duration_ms,
        priority=job.priority,
    )


async def reap(
    tx: Transaction, *, longest_backoff_ms: int, journal: Journal
) -> list[dict[str, object]]:
    """Free jobs whose lease ran out; what became of each. Several reapers share the work and do none twice."""
    overdue = await tx.rows("overdue", most=REAPED_AT_ONCE)
    if not overdue:
        return []
    rows = await tx.rows(
        "reap",
        job_id=[job.job_id for job in overdue],
        backoff_ms=[backoff_ms(job.job_id, job.attempts, longest_backoff_ms) for job in overdue],
        now=[job.now for job in overdue],
    )
    status = {row.job_id: row.status for row in rows}
    for job in overdue:
        _note_reaped(job, status[job.job_id], journal)
    return [
        {
            "jobId": job.job_id,
            "disposition": "dead_lettered" if status[job.job_id] == "DEAD" else "retried",
            "attempt": job.attempts,
            "maxAttempts": job.max_attempts,
            "stuckDurationMs": job.now - job.lease_until,
            "workerId": job.worker_id,
        }
        for job in overdue
    ]


async def _change(
    tx: Transaction, query: str, change: Change, judge: Judge, **values: object
) -> Row | NoChange | Refusal:
    values |= {"job_id": change.job_id, "seen": change.seen}
    row = await tx.row(query, **values)
    if row is not None:
        return row
    job = await tx.row("job_held", job_id=change.job_id)
    if job is None:
        return Refusal(404, f"Job {change.job_id} not found")
    if change.seen is not None and change.seen < job.updated_at:
        return _outdated(job)
    return judge(job) or await tx.row(query, **values)


def _cannot(verb: str, job: Row, rule: str) -> Refusal:
    return Refusal(409, f"Cannot {verb} job in status '{job.status}'. Only {rule}.")


def _outdated(job: Row) -> Refusal:
    state = {
        "jobId": job.job_id,
        "status": job.status,
        "priority": job.priority,
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "updatedAt": job.updated_at,
    }
    error = "Stale update rejected — server state is newer"
    return Refusal(409, error, conflict=True, serverState=state)


def _note_reaped(job: Row, status: str, journal: Journal) -> None:
    def event(kind: str) -> Event:
        return Event(
            type=kind,
            job_id=job.job_id,
            status=status,
            attempts=job.attempts,
            worker_id=job.worker_id,
            error_code="JOB_STUCK",
        )

    journal.note(event("job.stuck"))
    if status == "DEAD":
        journal.bury(event("job.dead"), job.job_type)
    else:
        journal.count("jobs_failed_retryable", jobType=job.job_type)
