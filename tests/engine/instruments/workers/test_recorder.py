from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.history import Kind, Outcome
from proofbook.instruments.workers import Fleet
from tests.engine.instruments.reference_queue import Connection, Network, Store
from tests.engine.instruments.workers.fleets import PROMISES, alarms, fleet_with

if TYPE_CHECKING:
    from proofbook.instruments.workers import Accepted, JobState, Lease


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
