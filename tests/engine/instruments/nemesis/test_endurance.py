from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.history import Kind, accused, unwitnessed
from proofbook.instruments.nemesis import Nemesis, Power, drawn, endurance, endure
from proofbook.instruments.workers import Fleet, Troubles, Unknown
from tests.engine.history.stories import claim
from tests.engine.instruments.reference_queue import Connection, Network, Store
from tests.engine.instruments.workers.fleets import PROMISES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.instruments.nemesis import Touch
    from proofbook.instruments.workers import Rejected
    from tests.engine.instruments.reference_queue import Answer

TROUBLES = Troubles(kill=1, pause=1, fail=1)


class Mortal(Network):
    """A queue in memory that can be away, and can lose what it said last."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.away = threading.Event()
        self.refusals = 0

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection that is told nothing while the queue is away."""
        yield Unsure(self, random.Random(1))


class Unsure(Connection):
    """Its calls may end without an answer, also those that put jobs in."""

    def enqueue(self, key: str) -> str | Rejected | Unknown:
        """Put a job in."""
        return self._sent(lambda: self.network.store.enqueue(key))

    def _sent(self, call: Callable[[], Answer]) -> Answer | Unknown:
        network = self.network
        assert isinstance(network, Mortal)
        if network.away.is_set():
            network.refusals += 1
            time.sleep(0.002)
            return Unknown("away")
        return super()._sent(call)


def away(network: Mortal) -> Power:
    """The queue is away."""

    @contextmanager
    def strike(_: int) -> Iterator[Touch]:
        before = network.refusals
        network.away.set()
        try:
            yield lambda: network.refusals - before
        finally:
            network.away.clear()

    return Power(name="away", lane="ground", strike=strike, least_seconds=0.1, most_seconds=0.2)


def forgetful(network: Mortal) -> Power:
    """The store comes back as it was some time ago: what it had acknowledged since is gone."""

    @contextmanager
    def strike(_: int) -> Iterator[Touch]:
        with network.lock:
            rows = {job: replace(row) for job, row in network.store.rows.items()}
        try:
            yield lambda: 1
        finally:
            with network.lock:
                network.store.rows = rows

    return Power(name="forget", lane="ground", strike=strike, least_seconds=0.2, most_seconds=0.3)


def ordeal(network: Mortal, powers: list[Power], *, deadline_seconds: float = 60) -> Fleet:
    """A fleet that went through some troubles."""
    fleet = Fleet(network.connect, PROMISES, seed=5, poll_seconds=0.01)
    nemesis = Nemesis(powers, drawn(powers, troubles=3, seed=5), fleet.recorder)
    jobs = endure(
        fleet,
        nemesis,
        jobs=20,
        workers=3,
        troubles=TROUBLES,
        deadline_seconds=deadline_seconds,
    )
    assert unwitnessed(fleet.history, looks=len(jobs)) == ()
    assert nemesis.unwitnessed() == ()
    assert len(jobs) >= 20
    return fleet


def test_a_correct_queue_endures() -> None:
    """Everybody is told nothing for a while, and nobody is accused; each job was looked at after all."""
    network = Mortal(Store(PROMISES))

    history = ordeal(network, [away(network)]).history

    assert accused(history, PROMISES) is None
    assert len(history.of_kind(Kind.TROUBLE)) == 3
    healed = max(event.returned_ns or 0 for event in history.of_kind(Kind.TROUBLE))
    assert all(look.invoked_ns > healed for look in history.of_kind(Kind.LAST_LOOK))


def test_a_store_that_forgets_what_it_acknowledged_is_caught() -> None:
    """A completion that was accepted is undone, or a job that was taken in is gone."""
    network = Mortal(Store(PROMISES))

    accusation = accused(ordeal(network, [forgetful(network)]).history, PROMISES)

    assert accusation is not None
    assert len(accusation.part) <= 6


def test_a_queue_that_is_away_for_good_gives_no_verdict() -> None:
    """The deadline is the end; what was taken in by then is said."""
    network = Mortal(Store(PROMISES))
    network.away.set()
    fleet = Fleet(network.connect, PROMISES, seed=5, poll_seconds=0.01)
    idle = Power(
        name="nothing",
        lane="ground",
        strike=forgetful(network).strike,
        least_seconds=0,
        most_seconds=0,
    )
    nemesis = Nemesis([idle], drawn([idle], troubles=1, seed=1), fleet.recorder)

    with pytest.raises(NoVerdict, match=r"^only 0 of 20 jobs were taken in 0\.2 s$"):
        endure(fleet, nemesis, jobs=20, workers=2, troubles=TROUBLES, deadline_seconds=0.2)


def test_what_a_wave_left_open_is_drained_when_all_is_healed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However short the waves: each job is looked at once it has ended."""
    monkeypatch.setattr(endurance, "LEASES", 0)
    network = Mortal(Store(PROMISES))

    history = ordeal(network, [away(network)]).history

    assert accused(history, PROMISES) is None
    ends = {look.job: look.detail for look in history.of_kind(Kind.LAST_LOOK)}
    assert set(ends.values()) <= {"done", "dead"}


def test_what_is_broken_already_is_worth_a_verdict_at_the_deadline() -> None:
    """The story so far is enough."""
    network = Mortal(Store(PROMISES))
    network.away.set()
    fleet = Fleet(network.connect, PROMISES, seed=5, poll_seconds=0.01)
    for event in (claim("w1", 1, 0), claim("w2", 1, 1)):
        fleet.history.add(event)
    powers = [forgetful(network)]
    nemesis = Nemesis(powers, drawn(powers, troubles=1, seed=1), fleet.recorder)

    jobs = endure(fleet, nemesis, jobs=20, workers=2, troubles=TROUBLES, deadline_seconds=0.2)

    assert jobs == ()
    assert accused(fleet.history, PROMISES) is not None
