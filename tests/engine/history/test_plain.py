from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import proofbook.history.judging
from proofbook.history import Event, History, Kind, Outcome, Promises, judge
from proofbook.history.events import NONE
from proofbook.history.jobs import Scene
from proofbook.history.plain import Plain
from tests.engine.history.stories import (
    PROMISES,
    beat,
    claim,
    complete,
    empty,
    fail,
    last_look,
    put,
    read,
)

STORY = (put(0), claim("w1", 1, 1), beat("w1", 1, 2), complete("w1", 1, 3, detail="done"))
LOOKS = (read(None, 4, detail="done"), last_look(1, 5, detail="done"))
WAITS = replace(PROMISES, reclaim_seconds=1)


def is_plain(*events: Event, promises: Promises = PROMISES) -> bool:
    """Whether the one job of these events is acquitted by its shape."""
    history = History.of(events)
    jobless = [event for event in events if event.job is None]
    rows = [row for row, job in enumerate(history.jobs) if job != NONE]
    scene = Scene.of(promises, jobless, origin_ns=0)
    return Plain(history, scene, rows)(0, len(rows))


def test_a_job_that_was_worked_on_once_is_plain() -> None:
    """With heartbeats and looks, or without."""
    assert is_plain(*STORY, *LOOKS)
    assert is_plain(STORY[0], STORY[1], complete("w1", 1, 3))


@pytest.mark.parametrize(
    "odd",
    [
        (put(0), claim("w1", 2, 1), complete("w1", 2, 3)),
        (put(0), claim("w1", 1, 1), fail("w1", 1, 2)),
        (claim("w1", 1, 1), complete("w1", 1, 3)),
        (put(0), put(0), claim("w1", 1, 1), complete("w1", 1, 3)),
        (put(0), claim("w1", 1, 1), complete("w1", 1, 3, outcome="unknown")),
        (put(0), claim("w1", 1, 1), complete("w1", 1, 3, detail="dead")),
        (*STORY, read(1, 4, detail="leased")),
        (*STORY, read(2, 4, detail="done")),
        (*STORY, beat("w1", 1, 4)),
        (*STORY, complete("w1", 1, 4)),
    ],
)
def test_any_other_job_is_looked_into(odd: tuple[Event, ...]) -> None:
    """One thing out of the ordinary is enough."""
    assert not is_plain(*odd)


def test_a_job_that_was_kept_from_somebody_who_asked_is_looked_into() -> None:
    """Its own events are plain, and another's are not."""
    late = (put(0), claim("w1", 1, 5), complete("w1", 1, 6))

    assert not is_plain(*late, empty(2), promises=WAITS)
    assert is_plain(*late, empty(0.5), promises=WAITS)
    assert is_plain(*late, empty(2), promises=PROMISES)
    assert is_plain(*STORY, empty(0.5), promises=WAITS)


def test_each_job_is_known_by_its_own_rows() -> None:
    """The second of two is kept waiting; the first is not."""
    first = [put(0), claim("w1", 1, 1), complete("w1", 1, 2)]
    second = [
        event._replace(job="k") for event in (put(0), claim("w1", 1, 9), complete("w1", 1, 9))
    ]
    history = History.of([*first, *second, empty(3)])
    scene = Scene.of(WAITS, [history[6]], origin_ns=0)
    plain = Plain(history, scene, range(6))

    assert plain(0, 3)
    assert not plain(3, 6)


def test_no_job_is_plain_where_effects_are_judged_or_no_attempt_is_promised() -> None:
    """Its shape does not tell."""
    assert not is_plain(*STORY, promises=replace(PROMISES, ledger=True))
    assert not is_plain(*STORY, promises=replace(PROMISES, max_attempts=0))


KINDS = st.sampled_from([k for k in Kind if k not in (Kind.KILL, Kind.PAUSE, Kind.COUNT)])
LIKELY = st.sampled_from(["ok", "ok", "ok", "rejected", "unknown"])
EVENTS = st.builds(
    lambda kind, token, at, took, outcome, detail, job: Event(
        kind,
        None if kind is Kind.CLAIM and token == 2 else job,
        "w1",
        token,
        at,
        at + took,
        Outcome(outcome),
        detail,
    ),
    KINDS,
    st.sampled_from([1, 1, 1, 2, None]),
    st.integers(0, 9),
    st.integers(0, 3),
    LIKELY,
    st.sampled_from(["", "", "done", "done", "dead", "leased"]),
    st.sampled_from("jk"),
)
TINY = Promises(
    lease_seconds=3e-9,
    max_attempts=2,
    reclaim_seconds=1e-9,
    grain_seconds=0,
    backoff_seconds=lambda *_: (1e-9, 2e-9),
)


@given(
    st.lists(EVENTS, max_size=14), st.lists(st.sampled_from([*STORY, *LOOKS, empty(2)]), max_size=9)
)
def test_nothing_is_acquitted_that_a_judge_would_find(
    events: list[Event], story: list[Event]
) -> None:
    """Arbitrary events, mixed with those of a plain job: with and without the short cut, the same."""
    history = History.of([*events, *story])

    with pytest.MonkeyPatch.context() as patch:
        quick = judge(history, TINY)
        patch.setattr(proofbook.history.judging, "Plain", lambda *_: lambda *_: False)
        assert judge(history, TINY) == quick
