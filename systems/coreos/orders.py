"""What somebody wants done, and how it becomes a signed job in the queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.chassis.canonical import canonical, digest
from systems.coreos import tickets

if TYPE_CHECKING:
    from nacl.signing import SigningKey

    from systems.chassis.store import Transaction
    from systems.coreos.events import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants done."""

    job_type: str
    #: The payload's canonical text.
    payload: str
    policy_decision_id: str
    scope: list[str] = field(default_factory=lambda: ["execute"])
    trace_id: str
    actor_id: str
    max_attempts: int
    lease_duration_ms: int
    priority: int = 50


@dataclass(frozen=True, slots=True)
class Enqueued:
    """A job in the queue."""

    job_id: str
    trace_id: str
    expires_at: int


def new_id() -> str:
    """A name that no job has yet."""
    return str(uuid4())


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes tickets."""

    key: SigningKey
    ttl_ms: int


async def enqueue(
    tx: Transaction, order: Order, *, job_id: str, signer: Signer, journal: Journal
) -> Enqueued:
    """Sign a job and put it in the queue."""
    clock = await tx.row("now")
    now = int(clock.now) if clock else 0
    ticket = tickets.sign(
        signer.key,
        {
            "jobId": job_id,
            "jobType": order.job_type,
            "actorId": order.actor_id,
            "scope": order.scope,
            "policyDecisionId": order.policy_decision_id,
            "requestedAt": now,
            "expiresAt": now + signer.ttl_ms,
            "payloadHash": digest(order.payload),
            "nonce": str(uuid4()),
            "traceId": order.trace_id,
        },
    )
    values = {
        "job_id": job_id,
        "ticket": canonical(ticket),
        "payload": order.payload,
        "job_type": order.job_type,
        "trace_id": order.trace_id,
        "actor_id": order.actor_id,
        "expires_at": now + signer.ttl_ms,
        "nonce": ticket["nonce"],
        "max_attempts": order.max_attempts,
        "priority": order.priority,
        "lease_duration_ms": order.lease_duration_ms,
        "now": now,
    }
    nonce = {"nonce": ticket["nonce"], "now": now}
    await tx.run_all([("add_job", values), ("add_nonce", nonce)])
    journal.count("jobs_total", jobType=order.job_type)
    return Enqueued(job_id, order.trace_id, now + signer.ttl_ms)
