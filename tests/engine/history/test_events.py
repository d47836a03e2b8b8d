import pytest

from proofbook.history import Event, History, Kind, Outcome, Phase
from tests.engine.history.stories import beat, claim, complete, put


def test_an_invocation_is_logged_before_and_settled_after() -> None:
    """In between, it is a call that nobody saw answered."""
    history = History()
    sent = Event(Kind.CLAIM, None, "w1", None, 5, None, Outcome.UNKNOWN)

    row = history.add(sent)
    assert list(history) == [sent]

    got = sent._replace(job="j", token=1, returned_ns=9, outcome=Outcome.OK)
    history.settle(row, got)
    assert list(history) == [got]
    assert len(history) == 1


def test_events_are_ordered_by_invocation() -> None:
    """A stable order; an ordered history is itself."""
    events = [claim("w1", 1, 2), put(0), beat("w1", 1, 2), complete("w1", 1, 1)]
    history = History.of(events, {"seed": 1})

    ordered = history.ordered()

    assert list(ordered) == [events[1], events[3], events[0], events[2]]
    assert ordered.plan == {"seed": 1}
    assert ordered.ordered() is ordered


def test_events_of_a_kind_are_found() -> None:
    """Whatever their outcome."""
    refused = beat("w1", 1, 3, outcome="rejected")
    history = History.of([put(0), claim("w1", 1, 1), beat("w1", 1, 2), refused])

    assert history.of_kind(Kind.HEARTBEAT) == [history[2], refused]
    assert history.of_kind(Kind.FAIL) == []


def test_histories_are_equal_by_plan_and_events() -> None:
    """And not to anything else."""
    assert History.of([put(0)]) == History.of([put(0)])
    assert History.of([put(0)]) != History.of([put(1)])
    assert History.of([], {"seed": 1}) != History.of([], {"seed": 2})
    assert History() != []
    with pytest.raises(TypeError, match="unhashable"):
        hash(History())


def test_a_row_takes_few_bytes() -> None:
    """A million events fit where a million objects would not."""
    history = History.of(claim("w1", 1, number) for number in range(1000))
    columns = (
        history.codes,
        history.jobs,
        history.workers,
        history.details,
        history.tokens,
        history.invoked,
        history.returned,
    )

    assert sum(column.itemsize for column in columns) <= 40
    assert all(len(column) == 1000 for column in columns)
    assert len(history.texts) == 3


def test_terminal_phases_are_those_after_which_nothing_happens() -> None:
    """Three of six."""
    assert [phase for phase in Phase if phase.is_terminal] == ["done", "dead", "cancelled"]
