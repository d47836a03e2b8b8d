"""
The queue: claim, heartbeat, finish.

A claim gives a lease that the store's clock ends, and an attempt number that only grows. Whoever wants to change a
held job must name both; whoever names an old attempt has lost the job and changes nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.coreos.backoff import backoff_ms
from systems.coreos.events import Event
from systems.coreos.results import is_same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from systems.chassis.store import Row, Transaction
    from systems.coreos.events import Journal
    from systems.coreos.results import Result

#: Jobs at their end that one statement ends.
SWEEP = 500
LARGEST_ATTEMPT = 2**31 - 1


async def is_worker_free(
    tx: Transaction, *, worker_id: str, instance_id: str, hold_ms: int
) -> bool:
    """Record that a worker polls; False if another process holds its id."""
    row = await tx.row("worker_seen", worker_id=worker_id, instance_id=instance_id, hold_ms=hold_ms)
    return row is not None


async def claim(tx: Transaction, *, worker_id: str, journal: Journal, most: int = 1) -> list[Row]:
    """
    Up to `most` jobs, the most urgent ones, each leased to this worker alone.

    Jobs at their end (ticket run out, attempts used up) that stand before them are ended on the way.
    """
    claimed: list[Row] = []
    only_ended = False
    while len(claimed) < most:
        wanted = SWEEP if only_ended else most - len(claimed)
        rows = await tx.rows("claim", worker_id=worker_id, most=wanted, ended=only_ended)
        claimed += [row for row in rows if row.status == "PROCESSING"]
        for row in rows:
            _note_claim(row, journal)
        has_ended_some = any(row.status != "PROCESSING" for row in rows)
        if not only_ended and not has_ended_some:
            break
        # One at its end was met: end the others too, then look for work again.
        only_ended = has_ended_some and (not only_ended or len(rows) == SWEEP)
    return claimed


async def heartbeat(
    tx: Transaction, *, job_id: str, worker_id: str, attempt: int, journal: Journal
) -> int | Refusal:
    """When the lease ends now, in ms since 1970, or why it was not lengthened."""
    held = await tx.row("heartbeat", job_id=job_id, worker_id=worker_id, attempt=attempt)
    if held:
        journal.count("worker_heartbeat_total", workerId=worker_id)
        return int(held.lease_until)
    job = await tx.row("job", job_id=job_id)
    if job is None:
        return Refusal(404, "Job not found")
    if attempt >= job.attempts and job.status != "PROCESSING":
        return Refusal(409, f"Cannot heartbeat job in {job.status} state")
    if attempt >= job.attempts and job.worker_id != worker_id:
        return Refusal(403, "Worker mismatch")
    return _stale("stale_heartbeat", journal)


async def finish(
    tx: Transaction, results: Sequence[Result], *, longest_backoff_ms: int, journal: Journal
) -> list[dict[str, object]]:
    """Decide the jobs of these results; an answer for each that held its job, none for the others."""
    posted = {result.job_id: result for result in results}
    rows = await tx.rows(
        "finish",
        job_id=[r.job_id for r in results],
        attempt=[r.attempt for r in results],
        worker_id=[r.worker_id for r in results],
        trace_id=[r.trace_id for r in results],
        succeeded=[r.has_succeeded for r in results],
        code=[None if r.has_succeeded else json.dumps(r.error_code) for r in results],
        message=[None if r.has_succeeded else json.dumps(r.error_message) for r in results],
        backoff_ms=[
            None if r.has_succeeded else backoff_ms(r.job_id, r.attempt, longest_backoff_ms)
            for r in results
        ],
    )
    if not rows:
        return []
    for row in rows:
        journal.keep(row.job_id, row.attempts, posted[row.job_id].document)
        _note_result(row, posted[row.job_id], journal)
    return [_answer(row, row.attempts, row.status) for row in rows]


async def refusal_of(
    tx: Transaction, result: Result, journal: Journal
) -> dict[str, object] | Refusal:
    """Why a result did not decide its job; or its first answer, if it was accepted before."""
    job = await tx.row("job", job_id=result.job_id)
    if job is None:
        return Refusal(404, f"Job not found: {result.job_id}", "JOB_NOT_FOUND")
    accepted = await tx.row(
        "result", job_id=result.job_id, attempt=min(result.attempt, LARGEST_ATTEMPT)
    )
    if accepted and is_same(result, accepted.result):
        return _answer(job, result.attempt, _fate(job, result)) | {"idempotent": True}
    if result.attempt >= job.attempts:
        if job.status != "PROCESSING":
            error = f"Job {result.job_id} is in status {job.status}, expected PROCESSING"
            return Refusal(404, error, "JOB_NOT_PROCESSING")
        if job.worker_id != result.worker_id:
            return Refusal(403, "Worker mismatch", "WORKER_MISMATCH")
        if job.trace_id != result.trace_id:
            return Refusal(403, "Trace mismatch", "TRACE_MISMATCH")
    return _stale("stale_result", journal)


def _stale(reason: str, journal: Journal) -> Refusal:
    journal.count("claim_conflict", reason=reason)
    return Refusal(409, "Stale lease", "STALE_LEASE")


def _answer(job: Row, attempt: int, status: str) -> dict[str, object]:
    return {
        "jobId": job.job_id,
        "status": status,
        "traceId": job.trace_id,
        "attempts": attempt,
        "maxAttempts": job.max_attempts,
        "signatureBypass": False,
    }


def _fate(job: Row, result: Result) -> str:
    """What an accepted result made of its job then, whatever became of it since."""
    if result.has_succeeded:
        return "COMPLETED"
    return "FAILED_RETRYABLE" if result.attempt < job.max_attempts else "DEAD"


def _note_claim(row: Row, journal: Journal) -> None:
    """A claim leaves a trace if the job was taken from somebody, or ended."""
    if row.status == "PROCESSING" and row.was != "PROCESSING":
        return
    kinds = {"PROCESSING": "job.stuck", "FAILED": "job.expired", "DEAD": "job.dead"}
    event = Event(
        type=kinds[row.status],
        job_id=row.job_id,
        status=row.status,
        attempts=row.tried,
        worker_id=row.held_by,
        error_code="TICKET_EXPIRED" if row.status == "FAILED" else "JOB_STUCK",
    )
    if row.status == "DEAD":
        journal.bury(event, row.job_type)
        return
    journal.note(event)
    if row.status == "FAILED":
        journal.count("jobs_expired", jobType=row.job_type)


def _note_result(row: Row, result: Result, journal: Journal) -> None:
    kinds = {"COMPLETED": "job.complete", "FAILED_RETRYABLE": "job.retry", "DEAD": "job.dead"}
    event = Event(
        type=kinds[row.status],
        job_id=row.job_id,
        status=row.status,
        attempts=row.attempts,
        worker_id=result.worker_id,
        result_hash=result.result_hash,
        metrics=result.metrics,
        error_code=None if result.has_succeeded else result.error_code,
    )
    if row.status == "DEAD":
        journal.bury(event, row.job_type)
        return
    journal.note(event)
    if row.status == "COMPLETED":
        journal.count("jobs_completed", jobType=row.job_type)
        journal.time(result.latency_ms, row.job_type)
    else:
        journal.count("jobs_failed_retryable", jobType=row.job_type)
