"""
A fleet of workers over any queue with leases, and the history that it leaves.

    fleet = Fleet(connect, promises, seed=7)
    history = fleet.history
    jobs = fleet.enqueue(500)
    fleet.drain(jobs, workers=40, kill=10, pause=10, deadline_seconds=60)
    violations = judge(history, promises)

`connect` and `Queue` are the adapter: six functions, described in `queue`.
"""

from proofbook.instruments.workers.queue import (
    Accepted,
    Connect,
    JobState,
    Lease,
    Queue,
    Rejected,
    Unknown,
)

__all__ = ["Accepted", "Connect", "JobState", "Lease", "Queue", "Rejected", "Unknown"]
