"""
A fleet of workers over any queue with leases, and the history that it leaves.

    fleet = Fleet(connect, promises, seed=7)
    haunt(fleet, fleet.enqueue(8), deadline_seconds=30)            # the directed schedule first
    jobs = fleet.enqueue(500)
    fleet.drain(
        jobs, workers=40, troubles=Troubles(kill=10, pause=10, fail=5, last=5), deadline_seconds=60
    )
    lacks = unwitnessed(fleet.history, claims=500, reclaims=1)     # proofbook.history
    violations = judge(fleet.history, promises)

`connect` makes a `Queue`: the adapter, one connection with six functions, described in `queue`.
"""

from proofbook.instruments.workers.fleet import Fleet
from proofbook.instruments.workers.haunting import haunt
from proofbook.instruments.workers.plan import Troubles
from proofbook.instruments.workers.queue import (
    Accepted,
    Connect,
    JobState,
    Lease,
    Queue,
    Rejected,
    Unknown,
)

__all__ = [
    "Accepted",
    "Connect",
    "Fleet",
    "JobState",
    "Lease",
    "Queue",
    "Rejected",
    "Troubles",
    "Unknown",
    "haunt",
]
