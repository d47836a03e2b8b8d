"""Fleets over the reference queue: correct, faulty, or with an adapter of a test's own."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.history import Promises, explained, judge
from proofbook.instruments.workers import Fleet, Troubles, haunt
from tests.engine.instruments.reference_queue import Connection, Network, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history import History
    from proofbook.instruments.workers import Lease, Rejected, Unknown

POLL_SECONDS = 0.01
PROMISES = Promises(
    lease_seconds=0.15,
    max_attempts=4,
    backoff_seconds=lambda _job, attempt: (0.02 * attempt, 0.03 * attempt),
    reclaim_seconds=0.5,
    grain_seconds=0.001,
)
#: Of a queue whose leases run out only where that is wanted, however slow the machine is.
LONG = replace(PROMISES, lease_seconds=30.0)
#: Of one that knows of no time but that in which it is asked in vain, and so may be late.
LATE = replace(PROMISES, reclaim_seconds=60.0)

TROUBLES = Troubles(kill=3, pause=3, fail=3, last=2, hopeless=2, deadly=1)


def fleet_of(fault: str = "", *, seed: int = 3, loss: float = 0.02) -> Fleet:
    """A fleet over the reference queue, with a network that loses some calls."""
    network = Network(Store(PROMISES, fault, dice=random.Random(seed)), loss=loss)
    return Fleet(network.connect, PROMISES, seed=seed, poll_seconds=POLL_SECONDS)


def unhurried(fault: str = "") -> Fleet:
    """
    A fleet over a queue for which time passes with each claim in vain: so much as is waited after it.

    A machine that is slow while somebody holds a job costs nobody a lease: a script is played as it stands.
    """
    waited: list[float] = []

    class Asking(Connection):
        """Counts what is asked in vain."""

        def claim(self, worker: str, instance: str) -> Lease | Rejected | Unknown | None:
            """Once more."""
            answer = Connection.claim(self, worker, instance)
            if answer is None:
                waited.append(POLL_SECONDS)
            return answer

    network = Network(Store(LATE, fault, clock=lambda: sum(waited)))
    return Fleet(lambda: connected(network, Asking), LATE, seed=3, poll_seconds=POLL_SECONDS)


def run(fleet: Fleet, *, deadline_seconds: float = 30) -> History:
    """The directed schedule, then forty jobs and all their troubles."""
    haunt(fleet, fleet.enqueue(4), deadline_seconds=deadline_seconds, same_name=True)
    jobs = fleet.enqueue(40)
    return fleet.drain(jobs, workers=8, troubles=TROUBLES, deadline_seconds=deadline_seconds)


def alarms(history: History) -> str:
    """What a judge finds, drawn; empty if it finds nothing."""
    return "\n".join(explained(violation, history) for violation in judge(history, PROMISES))


@contextmanager
def connected(network: Network, kind: type[Connection]) -> Iterator[Connection]:
    """A connection of this kind."""
    yield kind(network, random.Random(1))


def fleet_with(kind: type[Connection], promises: Promises = PROMISES) -> Fleet:
    """A fleet over a correct queue, whose adapter is of this kind."""
    network = Network(Store(promises))
    return Fleet(lambda: connected(network, kind), promises, seed=1, poll_seconds=POLL_SECONDS)
