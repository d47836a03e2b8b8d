from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.history import (
    Kind,
    Outcome,
    Promises,
    explained,
    judge,
    unwitnessed,
    witness,
)
from proofbook.instruments.workers import Fleet, Lease, Rejected, Troubles, Unknown, haunt
from tests.engine.instruments.reference_queue import FAULTS, Connection, Network, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history import (
        History,
    )
    from proofbook.instruments.workers import Accepted, JobState

PROMISES = Promises(
    lease_seconds=0.15,
    max_attempts=4,
    backoff_seconds=lambda _job, attempt: (0.02 * attempt, 0.03 * attempt),
    reclaim_seconds=0.5,
    grain_seconds=0.001,
)
TROUBLES = Troubles(kill=3, pause=3, fail=3, last=2, hopeless=2, deadly=1)
#: Troubles of a fleet that are over with the second attempt.
BRIEF = Troubles(kill=2, pause=2)
#: Queues that wait long, or never end a job.
LONG = (
    "never-reclaimed",
    "reclaimed-late",
    "rest-too-long",
    "job-dropped",
    "dead-never",
    "token-repeated",
)
ENDLESS = ("dead-never", "token-repeated")
#: No fleet puts a key in twice: that is for whoever tests a queue's idempotency.
SEEN_BY_A_FLEET = [
    pytest.param(fault, rules, id=fault, marks=[pytest.mark.slow] if fault in LONG else [])
    for fault, rules in FAULTS.items()
    if fault != "key-doubled"
]


def fleet_of(fault: str = "", *, seed: int = 3, loss: float = 0.02) -> Fleet:
    """A fleet over the reference queue, with a network that loses some calls."""
    network = Network(Store(PROMISES, fault, dice=random.Random(seed)), loss=loss)
    return Fleet(network.connect, PROMISES, seed=seed, poll_seconds=0.01)


def run(fleet: Fleet, *, deadline_seconds: float = 30) -> History:
    """The directed schedule, then forty jobs and all their troubles."""
    haunt(fleet, fleet.enqueue(4), deadline_seconds=deadline_seconds, same_name=True)
    jobs = fleet.enqueue(40)
    return fleet.drain(jobs, workers=8, troubles=TROUBLES, deadline_seconds=deadline_seconds)


def alarms(history: History) -> str:
    """What a judge finds, drawn; empty if it finds nothing."""
    return "\n".join(explained(violation, history) for violation in judge(history, PROMISES))


def test_a_fleet_over_a_correct_queue_sees_all_and_accuses_nobody() -> None:
    """Every trouble was met, every job ended, no thread is left."""
    before = threading.active_count()

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
    assert threading.active_count() == before


@pytest.mark.slow
def test_fifty_random_fleets_accuse_nobody() -> None:
    """Seeds, losses and real threads: no false alarm."""
    for seed in range(50):
        history = run(fleet_of(seed=seed, loss=0.01 * (seed % 6)))
        assert alarms(history) == "", seed
        assert witness(history).reclaims


@pytest.mark.parametrize(("fault", "rules"), SEEN_BY_A_FLEET)
def test_every_fault_is_caught_in_one_run(fault: str, rules: set[str]) -> None:
    """By the rule that speaks of it; where the queue never ends a job, by what was seen until then."""
    history = run(fleet_of(fault), deadline_seconds=3 if fault in ENDLESS else 30)

    assert judge(history, PROMISES, only=rules)


def test_the_directed_schedule_alone_catches_what_fences_too_little() -> None:
    """By the third call of the first zombie, without luck; no loss, so that the script is the whole of it."""
    for fault in ("no-fencing", "state-fencing", "name-fencing", "repeat-refused"):
        fleet = fleet_of(fault, loss=0)
        history = haunt(fleet, fleet.enqueue(2), deadline_seconds=30, same_name=True)
        assert judge(history, PROMISES, only=FAULTS[fault]), fault


def test_the_directed_schedule_is_what_it_says() -> None:
    """In this order for each job; the leases of all run out side by side."""
    fleet = fleet_of(loss=0)
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
    lapsed = [e.invoked_ns for e in history.of_kind(Kind.CLAIM) if e.token == 2]
    assert max(lapsed) - min(lapsed) < PROMISES.lease_seconds * 1e9 * 2
    assert alarms(history) == ""


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


@contextmanager
def connected(network: Network, kind: type[Connection]) -> Iterator[Connection]:
    """A connection of this kind."""
    yield kind(network, random.Random(1))


def fleet_with(kind: type[Connection]) -> Fleet:
    """A fleet over a correct queue, whose adapter is of this kind."""
    network = Network(Store(PROMISES))
    return Fleet(lambda: connected(network, kind), PROMISES, seed=1, poll_seconds=0.01)


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


class Breaking(Connection):
    """An adapter with a mistake in it."""

    def complete(self, lease: Lease) -> Accepted:
        """Not what anybody expects."""
        raise KeyError(lease.token)


def test_what_an_adapter_raises_is_the_callers() -> None:
    """The run ends at once; the call stays in the history as one without an answer."""
    fleet = fleet_with(Breaking)
    jobs = fleet.enqueue(3)

    with pytest.raises(KeyError, match="1"):
        fleet.drain(jobs, workers=1, deadline_seconds=30)

    (event,) = fleet.history.of_kind(Kind.COMPLETE)
    assert (event.outcome, event.returned_ns, event.detail) == (
        Outcome.UNKNOWN,
        None,
        "KeyError: 1",
    )


def test_what_several_workers_raise_is_raised_together() -> None:
    """Nothing is hidden behind the first."""
    barrier = threading.Barrier(2)

    class Together(Connection):
        """Two workers break at once."""

        def complete(self, lease: Lease) -> Accepted:
            """Wait for the other."""
            barrier.wait(10)
            raise AssertionError(f"attempt {lease.token}")

    fleet = fleet_with(Together)
    jobs = fleet.enqueue(2)

    with pytest.raises(BaseExceptionGroup, match="several workers broke") as error:
        fleet.drain(jobs, workers=2, deadline_seconds=30)

    assert [str(one) for one in error.value.exceptions] == ["attempt 1", "attempt 1"]


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
    fleet = fleet_with(Connection)
    jobs = fleet.enqueue(1)

    with pytest.raises(NoVerdict, match=r"1 jobs were neither done nor dead after 0.05 s"):
        fleet.drain(jobs, workers=1, troubles=Troubles(last=1), deadline_seconds=0.05)

    assert fleet.history.of_kind(Kind.COMPLETE) == []


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


def test_a_worker_whose_heartbeat_is_refused_reports_nothing() -> None:
    """It has lost the job, and knows it."""

    class Losing(Connection):
        """Refuses each heartbeat of a first attempt."""

        def heartbeat(self, lease: Lease) -> Accepted | Rejected | Unknown:
            """Only the first attempt is lost."""
            return Rejected("409") if lease.token == 1 else Connection.heartbeat(self, lease)

    fleet = fleet_with(Losing)
    jobs = fleet.enqueue(1)

    history = fleet.drain(jobs, workers=2, troubles=Troubles(last=1), deadline_seconds=30)

    assert 1 not in {event.token for event in history.of_kind(Kind.COMPLETE)}
    assert {v.rule for v in judge(history, PROMISES)} == {"Q12"}


def test_the_whole_queue_is_counted_by_state() -> None:
    """Before and after: what was put in, and nothing else, came to it."""
    store = Store(PROMISES)
    network = Network(store)
    fleet = Fleet(network.connect, PROMISES, seed=1, poll_seconds=0.01)

    fleet.recorder.count(store.counted)
    jobs = fleet.enqueue(3)
    fleet.drain(jobs, workers=2, deadline_seconds=30)
    fleet.recorder.count(store.counted)

    assert [(e.token, e.detail) for e in fleet.history.of_kind(Kind.COUNT)] == [
        (0, ""),
        (3, "3 done"),
    ]
    assert alarms(fleet.history) == ""


def test_an_answer_that_no_queue_gives_is_an_error() -> None:
    """A mistake in an adapter is said, not recorded as a fact."""

    class Odd(Connection):
        """Answers a look with a number."""

        def state(self, _job: str) -> JobState:
            """As an adapter without types might."""
            return 7  # type: ignore[return-value]  # the mistake that is tested

    fleet = fleet_with(Odd)

    with pytest.raises(TypeError, match="a queue does not answer 7 to read"):
        fleet.look(["j"], Kind.READ)


def test_keys_and_names_are_new_with_each_fleet() -> None:
    """On one queue, a second fleet does not meet the first."""
    first, second = fleet_with(Connection), fleet_with(Connection)

    assert first.name != second.name
