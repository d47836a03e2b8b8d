"""CORE OS as a queue that a fleet of workers can try: six functions over HTTP."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any

from checks.coreos.adapter import CLAIM, HEARTBEAT, JOB, RESULT
from checks.coreos.adapter_worker import Claimed, WireWorker, claimed_of
from proofbook.history import Phase
from proofbook.instruments.replies import UNANSWERED
from proofbook.instruments.workers import Accepted, JobState, Lease, Rejected, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from checks.coreos.adapter import Api, Reply
    from proofbook.instruments.workers import Connect

#: The contract's statuses, in words that fit any queue.
PHASES: Mapping[str, Phase] = {
    "PENDING": Phase.READY,
    "FAILED_RETRYABLE": Phase.READY,
    "PROCESSING": Phase.LEASED,
    "COMPLETED": Phase.DONE,
    "DEAD": Phase.DEAD,
    "FAILED": Phase.CANCELLED,
    "SUSPENDED": Phase.HELD,
}


class CoreOsQueue:
    """One worker's view of the queue; what is enqueued under a key has the fields that are made for it."""

    def __init__(self, api: Api, fields: Callable[[str], Mapping[str, Any]]) -> None:
        self._api = api
        self._fields = fields

    def enqueue(self, key: str) -> str | Rejected | Unknown:
        """Put a job in; its id."""
        reply = self._api.enqueue(traceId=key, unanswered=True, **self._fields(key))
        return str(reply.body["jobId"]) if reply.status == 201 else _refusal(reply)

    def claim(self, worker: str, instance: str) -> Lease | Rejected | Unknown | None:
        """Ask for one job."""
        wire = WireWorker(self._api, worker, instance=instance)
        reply = wire.post(CLAIM, wire.identity, unanswered=True)
        if reply.status != 200:
            return _refusal(reply)
        held = claimed_of(reply)
        if held is None:
            return None
        return Lease(
            job=held.job, token=held.attempts, worker=worker, instance=instance, carried=held
        )

    def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Ask to go on holding the job."""
        wire, held = self._holder(lease)
        return _report(wire.post(HEARTBEAT, wire.beat(held), unanswered=True))

    def complete(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report success."""
        wire, held = self._holder(lease)
        return _report(wire.post(RESULT, wire.result(held), unanswered=True))

    def fail(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Report a failure that may be retried."""
        wire, held = self._holder(lease)
        body = wire.result(held, status="FAILED", errorCode="EXECUTION_ERROR", errorMessage="boom")
        return _report(wire.post(RESULT, body, unanswered=True))

    def state(self, job: str) -> JobState | Rejected | Unknown:
        """Look at a job."""
        reply = self._api.attempt("GET", self._api.access.path(JOB, id=job))
        if reply.status != 200:
            return _refusal(reply)
        status = str(reply.body.get("status"))
        if status not in PHASES:
            return Unknown(f"a status that the contract does not have: {status}")
        return JobState(
            status=status,
            phase=PHASES[status],
            attempts=reply.body.get("attempts"),
            holder=reply.body.get("workerId"),
        )

    def _holder(self, lease: Lease) -> tuple[WireWorker, Claimed]:
        """Who holds the lease, and what was handed out with it."""
        assert isinstance(lease.carried, Claimed)
        return WireWorker(self._api, lease.worker, instance=lease.instance), lease.carried


def connected(api: Api, **fields: Any) -> Connect:
    """How a fleet connects to one API, all of whose jobs have these fields."""
    return connected_by_key([api], lambda _: fields)


def connected_by_key(apis: Sequence[Api], fields: Callable[[str], Mapping[str, Any]]) -> Connect:
    """
    How a fleet connects to the APIs of one queue, one after the other; a job's fields are made from its key.

    The client keeps a connection for each thread.
    """
    queues = cycle([CoreOsQueue(api, fields) for api in apis])

    @contextmanager
    def connect() -> Iterator[CoreOsQueue]:
        yield next(queues)

    return connect


def _report(reply: Reply) -> Accepted | Rejected | Unknown:
    if reply.status != 200:
        return _refusal(reply)
    return Accepted(PHASES.get(str(reply.body.get("status"))))


def _refusal(reply: Reply) -> Rejected | Unknown:
    """What an answer means that is not the one hoped for."""
    if reply.status == UNANSWERED or reply.status >= 500:
        return Unknown(repr(reply))
    return Rejected(f"{reply.status} {reply.code}".strip())
