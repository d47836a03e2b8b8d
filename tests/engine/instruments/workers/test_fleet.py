from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.history import Kind, Outcome, Promises, unwitnessed, witness
from proofbook.instruments.workers import Fleet, Rejected, Troubles, Unknown
from tests.engine.instruments.reference_queue import Connection, Network, Store
from tests.engine.instruments.workers.fleets import PROMISES, alarms, fleet_of, fleet_with, run

if TYPE_CHECKING:
    from proofbook.instruments.workers import Lease

#: Troubles of a fleet that are over with the second attempt.
BRIEF = Troubles(kill=2, pause=2)


def test_a_fleet_over_a_correct_queue_sees_all_and_accuses_nobody() -> None:
    """Every trouble was met, every job ended, no thread is left."""
    before = set(threading.enumerate())

    history = run(fleet_of())

    assert alarms(history) == ""
    assert (
        unwitnessed(
            history,
            jobs=44,
            looks=44,
            claims=44,
            reclaims=10,
            lapses=8,
            refused_zombies=9,
            kills=4,
            pauses=7,
            failures=8,
            heartbeats=4,
            completions=41,
            empty_claims=1,
        )
        == ()
    )
    assert set(threading.enumerate()) <= before


@pytest.mark.slow
def test_fifty_random_fleets_accuse_nobody() -> None:
    """Seeds, losses and real threads: no false alarm."""
    for seed in range(50):
        history = run(fleet_of(seed=seed, loss=0.01 * (seed % 6)))
        assert alarms(history) == "", seed
        assert witness(history).reclaims


def test_the_plan_of_a_run_is_in_its_history() -> None:
    """Seed, lease, fates: enough to play it again."""
    fleet = fleet_of(seed=11)
    jobs = fleet.enqueue(6)

    fleet.drain(jobs, workers=2, troubles=BRIEF, deadline_seconds=30)

    plan = fleet.history.plan
    assert (plan["seed"], plan["lease_seconds"], plan["fleet"]) == (11, 0.15, fleet.name)
    drain = plan["drain"]
    assert isinstance(drain, dict)
    assert sorted(drain["fates"].values()) == ["dies", "dies", "freezes", "freezes"]
    assert drain["seconds"].keys() == set(jobs)
    assert (drain["seed"], drain["workers"]) == (11, 2)


class Refusing(Connection):
    """Refuses every claim."""

    def claim(self, _worker: str, _instance: str) -> Rejected:
        """Too many workers."""
        return Rejected("409 WORKER_ID_IN_USE")


def test_a_queue_that_hands_out_nothing_in_time_is_no_verdict() -> None:
    """What is left is named; nobody was told that there is nothing, so nothing is lost for sure."""
    fleet = fleet_with(Refusing)
    jobs = fleet.enqueue(5)

    with pytest.raises(NoVerdict) as error:
        fleet.drain(jobs, workers=2, deadline_seconds=0.2)

    first, rest = str(error.value).split("; the last was handed out ")
    assert first == (
        f"5 jobs were neither done nor dead after 0.2 s ({jobs[0]}, {jobs[1]}, {jobs[2]}, …)"
    )
    assert rest.endswith(" s before, and 0 claims since were told that there is nothing")


class Blind(Connection):
    """Never shows a job."""

    def state(self, _job: str) -> Unknown:
        """A timeout, each time."""
        return Unknown("timed out")


def test_a_job_that_cannot_be_looked_at_is_no_verdict() -> None:
    """It was tried more than once."""
    fleet = fleet_with(Blind)
    jobs = fleet.enqueue(1)

    with pytest.raises(NoVerdict) as error:
        fleet.drain(jobs, workers=1, deadline_seconds=30)

    assert str(error.value) == f"{jobs[0]} could not be looked at after the drain: timed out"
    assert len(fleet.history.of_kind(Kind.LAST_LOOK)) == 5


def test_a_queue_is_quiet_after_its_leases_and_rests() -> None:
    """Two leases, the longest rest that a job may still have, and time to have asked."""
    network = Network(Store(PROMISES))
    bare = Promises(lease_seconds=2)
    rests = Promises(
        lease_seconds=2, max_attempts=3, reclaim_seconds=1, backoff_seconds=lambda _, n: (0, 10 * n)
    )

    assert Fleet(network.connect, bare, seed=1, poll_seconds=0).quiet_seconds(["j"]) == 4
    assert Fleet(network.connect, rests, seed=1, poll_seconds=0).quiet_seconds(["j"]) == 25
    assert Fleet(network.connect, bare, seed=1, poll_seconds=0.1).quiet_seconds(["j"]) == 5.6


def test_jobs_that_the_queue_refuses_are_none() -> None:
    """They are in the history; nobody waits for them."""

    class Full(Connection):
        """Takes every second job."""

        def enqueue(self, key: str) -> str | Rejected | Unknown:
            """By the last digit of the key."""
            even = int(key.rpartition("-")[2]) % 2 == 0
            return Connection.enqueue(self, key) if even else Rejected("429")

    fleet = fleet_with(Full)

    jobs = fleet.enqueue(6)

    assert len(jobs) == len(set(jobs)) == 3
    assert len(fleet.history.of_kind(Kind.ENQUEUE)) == 6
    fleet.drain(jobs, workers=2, deadline_seconds=30)
    assert alarms(fleet.history) == ""


def test_an_end_that_no_worker_was_told_of_is_found_by_looking() -> None:
    """The answer to each completion is lost: a look finds that the job is done."""

    class Deaf(Connection):
        """Loses the answer to each completion."""

        def complete(self, lease: Lease) -> Unknown:
            """It took effect."""
            Connection.complete(self, lease)
            return Unknown("the answer was lost")

    fleet = fleet_with(Deaf)
    jobs = fleet.enqueue(3)

    history = fleet.drain(jobs, workers=2, deadline_seconds=30)

    assert alarms(history) == ""
    assert {event.outcome for event in history.of_kind(Kind.COMPLETE)} == {Outcome.UNKNOWN}
    assert {look.detail for look in history.of_kind(Kind.LAST_LOOK)} == {"done"}


def test_keys_and_names_are_new_with_each_fleet() -> None:
    """On one queue, a second fleet does not meet the first."""
    first, second = fleet_with(Connection), fleet_with(Connection)

    assert first.name != second.name
