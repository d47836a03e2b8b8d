from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.history import Kind, judge
from proofbook.instruments.workers import Rejected, Troubles
from tests.engine.instruments.reference_queue import Connection
from tests.engine.instruments.workers.fleets import LONG, PROMISES, fleet_with

if TYPE_CHECKING:
    from proofbook.instruments.workers import Accepted, Lease, Unknown


def test_what_breaks_a_zombie_ends_the_run() -> None:
    """It has a thread of its own, whose errors are not lost."""

    class Haunted(Connection):
        """Breaks when somebody comes back."""

        def fail(self, lease: Lease) -> Accepted:
            """Only zombies fail here."""
            raise LookupError(lease.worker)

    fleet = fleet_with(Haunted)
    jobs = fleet.enqueue(2)

    with pytest.raises(LookupError, match=f"{fleet.name}-w"):
        fleet.drain(jobs, workers=1, troubles=Troubles(pause=1), deadline_seconds=30)


def test_a_worker_puts_its_job_down_when_the_run_is_over() -> None:
    """The deadline does not wait for a job that takes longer."""
    fleet = fleet_with(Connection, LONG)
    jobs = fleet.enqueue(1)

    with pytest.raises(NoVerdict, match=r"1 jobs were neither done nor dead after 0.05 s"):
        fleet.drain(jobs, workers=1, troubles=Troubles(last=1), deadline_seconds=0.05)

    assert fleet.history.of_kind(Kind.COMPLETE) == []


def test_a_worker_whose_heartbeat_is_refused_reports_nothing() -> None:
    """It has lost the job, and knows it."""

    class Losing(Connection):
        """Refuses each heartbeat of a first attempt."""

        def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
            """Only the first attempt is lost."""
            return Rejected("409") if lease.token == 1 else Connection.heartbeat(self, lease)

    fleet = fleet_with(Losing)
    # Of several: who is slower than the lease is refused rightly, or sends no heartbeat at all.
    jobs = fleet.enqueue(5)

    history = fleet.drain(jobs, workers=2, troubles=Troubles(last=5), deadline_seconds=60)

    refused, reported = (
        {event.job for event in history.of_kind(kind) if event.token == 1}
        for kind in (Kind.HEARTBEAT, Kind.COMPLETE)
    )
    assert refused
    assert refused & reported == set()
    assert {v.rule for v in judge(history, PROMISES)} == {"Q12"}
