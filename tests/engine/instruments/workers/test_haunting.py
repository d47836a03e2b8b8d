from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.history import Kind, Outcome, judge
from proofbook.instruments.workers import Lease, Rejected, haunt
from tests.engine.instruments.reference_queue import Connection
from tests.engine.instruments.workers.fleets import (
    LATE,
    PROMISES,
    alarms,
    fleet_with,
    unhurried,
)

if TYPE_CHECKING:
    from proofbook.instruments.workers import Accepted, Unknown


def test_the_directed_schedule_is_what_it_says() -> None:
    """In this order for each job; the leases of all run out side by side."""
    fleet = unhurried()
    jobs = fleet.enqueue(5)

    history = haunt(fleet, jobs, deadline_seconds=30)

    for job in jobs:
        events = [event for event in history if event.job == job]
        assert [
            (event.kind, event.worker.rpartition("-")[2], event.token, event.outcome)
            for event in events
        ] == [
            (Kind.ENQUEUE, "suite", None, Outcome.OK),
            (Kind.CLAIM, "a", 1, Outcome.OK),
            (Kind.PAUSE, "a", 1, Outcome.OK),
            (Kind.CLAIM, "b", 2, Outcome.OK),
            (Kind.HEARTBEAT, "a", 1, Outcome.REJECTED),
            (Kind.COMPLETE, "a", 1, Outcome.REJECTED),
            (Kind.FAIL, "a", 1, Outcome.REJECTED),
            (Kind.HEARTBEAT, "b", 2, Outcome.OK),
            (Kind.COMPLETE, "b", 2, Outcome.OK),
            (Kind.COMPLETE, "b", 2, Outcome.OK),
            (Kind.READ, "suite", 2, Outcome.OK),
            (Kind.LAST_LOOK, "suite", 2, Outcome.OK),
        ]
    claims = [claim.token for claim in history.of_kind(Kind.CLAIM)]
    assert claims == [*[1] * 5, *[None] * (len(claims) - 10), *[2] * 5]
    assert judge(history, LATE) == ()


class Refusing(Connection):
    """Refuses every claim."""

    def claim(self, _worker: str, _instance: str) -> Rejected:
        """Too many workers."""
        return Rejected("409 WORKER_ID_IN_USE")


def test_a_zombie_without_a_job_is_no_verdict() -> None:
    """There is nothing to lose."""
    fleet = fleet_with(Refusing)

    with pytest.raises(NoVerdict) as error:
        haunt(fleet, fleet.enqueue(2), deadline_seconds=0.2)

    assert str(error.value) == f"{fleet.name}-a still waits for 2 of 2 jobs at the deadline"


def test_a_zombie_on_an_empty_queue_is_no_verdict() -> None:
    """The queue has nothing for it."""
    fleet = fleet_with(Connection)

    with pytest.raises(NoVerdict) as error:
        haunt(fleet, ["j"], deadline_seconds=30)

    assert str(error.value) == f"{fleet.name}-a was given none of 1 jobs: it has nothing to lose"


class Slow(Connection):
    """B is slower than its lease: its heartbeat takes longer than that."""

    def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
        """Only B's second claim's, so that somebody else must finish."""
        if lease.token == 2:
            threading.Event().wait(2 * PROMISES.lease_seconds)
        return Connection.heartbeat(self, lease)


def test_what_a_slow_machine_leaves_open_is_finished_by_another() -> None:
    """A lease that ran out during the script is nobody's fault, and no job is called lost for it."""
    fleet = fleet_with(Slow)
    jobs = fleet.enqueue(2)

    history = haunt(fleet, jobs, deadline_seconds=30)

    assert alarms(history) == ""
    assert {look.detail for look in history.of_kind(Kind.LAST_LOOK)} == {"done"}
    assert max(claim.token or 0 for claim in history.of_kind(Kind.CLAIM)) > 2


def test_a_promise_that_is_broken_already_outweighs_the_deadline() -> None:
    """The directed schedule cannot go on, and what it has seen is enough."""

    class Generous(Connection):
        """Hands one job to the first worker again and again, and refuses the second."""

        def claim(self, worker: str, instance: str) -> Lease | Rejected:
            """Always the first attempt."""
            if worker.endswith("b"):
                return Rejected("409")
            return Lease(job="j", token=1, worker=worker, instance=instance)

    fleet = fleet_with(Generous)

    history = haunt(fleet, ["j", "k"], deadline_seconds=0.2)

    assert "Q1" in {violation.rule for violation in judge(history, PROMISES)}
