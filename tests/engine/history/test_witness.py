import pytest

from proofbook.history import History, Kind, Witness, unwitnessed, witness
from tests.engine.history.stories import (
    beat,
    claim,
    complete,
    empty,
    event,
    fail,
    last_look,
    lost_claim,
    put,
    read,
)

STORY = History.of(
    [
        put(0),
        claim("w1", 1, 1),
        event(Kind.PAUSE, "w1", 1, 1),
        empty(2),
        claim("w2", 2, 4, 4.5),
        beat("w1", 1, 4.5, outcome="rejected"),
        beat("w1", 1, 5, outcome="rejected"),
        beat("w1", 1, 5.5, outcome="rejected"),
        complete("w1", 1, 6),
        fail("w2", 2, 7),
        lost_claim(at=8),
        claim("w3", 3, 9),
        beat("w3", 3, 10),
        event(Kind.KILL, "w3", 3, 10),
        read(3, 11, detail="leased"),
        claim("w4", 4, 12),
        claim("w2", 2, 12.5),
        fail("w3", 3, 13, outcome="unknown"),
        claim("w5", 5, 14),
        fail("w4", 4, 15, outcome="rejected"),
        claim("w6", 5, 16),
        beat("w5", 5, 16.5),
        last_look(5, 17, detail="leased"),
    ]
)


def test_what_was_seen_is_counted() -> None:
    """A heartbeat that raced the next claim is no zombie's; an attempt that was reported did not lapse."""
    assert witness(STORY) == Witness(
        jobs=1,
        claims=7,
        reclaims=6,
        lapses=4,
        zombies=5,
        refused_zombies=3,
        heartbeats=2,
        completions=1,
        failures=1,
        kills=1,
        pauses=1,
        empty_claims=1,
        unknown=2,
        looks=1,
    )
    assert witness(History()) == Witness()


def test_too_little_is_said_in_words() -> None:
    """One sentence for each counter that is short."""
    assert unwitnessed(STORY, claims=7, reclaims=1) == ()
    assert unwitnessed(STORY, claims=7, refused_zombies=4, kills=2) == (
        "3 refused zombies were seen, and 4 are needed",
        "1 kills were seen, and 2 are needed",
    )


def test_a_counter_that_there_is_not_is_an_error() -> None:
    """A guard that asks for nothing would always hold."""
    with pytest.raises(TypeError, match="reclaim_count"):
        unwitnessed(STORY, reclaim_count=1)
