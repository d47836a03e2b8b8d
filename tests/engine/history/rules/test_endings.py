from functools import partial

import pytest

from tests.engine.history.stories import (
    beat,
    claim,
    complete,
    fail,
    found,
    last_look,
    put,
    read,
)


def test_two_accepted_completions_of_two_attempts_are_found() -> None:
    """Q5: one of them did not count, and was told that it did."""
    assert found("Q5", complete("w1", 1, 4, 4.5), complete("w2", 2, 5)) == [
        (
            "Q5 (one completion counts): j: w1 completed attempt 1 at 4.500 s, w2 reported attempt 2 at "
            "5.000 s: both completions were accepted"
        )
    ]
    assert found("Q5", complete("w1", 1, 4, outcome="rejected"), complete("w2", 2, 5)) == []
    assert found("Q5", complete("w1", 1, 4, outcome="unknown"), complete("w2", 2, 5)) == []


def test_two_workers_do_not_complete_one_attempt() -> None:
    """Q5: the same token under another name is another report."""
    assert len(found("Q5", complete("w1", 1, 4), complete("w2", 1, 5))) == 1


def test_a_repeat_is_accepted_with_the_same_answer() -> None:
    """Q5: where reports may be repeated; elsewhere the repeat must be refused."""
    repeat = (complete("w1", 1, 4, detail="done"), complete("w1", 1, 5, detail="done"))

    assert found("Q5", *repeat) == []
    assert len(found("Q5", *repeat, repeatable=False)) == 1
    assert found("Q5", repeat[0], complete("w1", 1, 5, detail="dead")) == [
        (
            "Q5 (one completion counts): j: w1 completed attempt 1 at 4.000 s, w1 reported attempt 1 at "
            "5.000 s: its repeat was answered dead, not done"
        )
    ]


def test_a_repeat_is_not_refused() -> None:
    """Q5: once the first was answered; before, the two may have met."""
    refused = partial(complete, outcome="rejected", detail="404")

    assert found("Q5", complete("w1", 1, 4, 4.5), refused("w1", 1, 5)) == [
        (
            "Q5 (one completion counts): j: w1 completed attempt 1 at 4.500 s, w1 reported attempt 1 at "
            "5.000 s: its repeat was refused (404)"
        )
    ]
    assert found("Q5", complete("w1", 1, 4, 4.5), refused("w1", 1, 4.5)) == []
    assert found("Q5", complete("w1", 1, 4), refused("w1", 1, 5), repeatable=False) == []


def test_an_attempt_does_not_both_succeed_and_fail() -> None:
    """Q5: one of the two callers was told an untruth."""
    assert len(found("Q5", complete("w1", 1, 4), fail("w1", 1, 4))) == 1
    assert found("Q5", fail("w1", 1, 1), complete("w2", 2, 4)) == []


def test_a_job_is_not_claimed_after_it_was_completed() -> None:
    """Q6: done is the end."""
    assert found("Q6", complete("w1", 1, 1, 1.5), claim("w2", 2, 4)) == [
        (
            "Q6 (an ended job stays ended): j: done since 1.500 s (the complete of w1), and at 4.000 s w2 "
            "was given attempt 2"
        )
    ]


@pytest.mark.parametrize(("sent", "violations"), [(1.5, 0), (1.500000001, 1)])
def test_a_claim_that_raced_the_completion_may_have_been_first(
    sent: float, violations: int
) -> None:
    """Q6: only what was sent after the answer comes after the end."""
    assert len(found("Q6", complete("w1", 1, 1, 1.5), claim("w2", 2, sent, 9))) == violations


def test_dead_is_the_end_too_whoever_says_it() -> None:
    """Q6: the answer to a failure, or a look."""
    for end in (fail("w1", 3, 1, detail="dead"), read(3, 1, detail="dead")):
        assert len(found("Q6", end, claim("w2", 4, 2))) == 1
        assert len(found("Q6", end, beat("w1", 3, 2))) == 1
        assert len(found("Q6", end, complete("w1", 3, 2))) == 1
        assert len(found("Q6", end, read(3, 2, detail="ready"))) == 1
        assert found("Q6", end, read(3, 2, detail="dead")) == []
        assert found("Q6", end, beat("w1", 3, 2, outcome="rejected")) == []
    assert found("Q6", fail("w1", 1, 1, detail="ready"), claim("w2", 2, 2)) == []


def test_a_completed_job_shows_as_done_from_then_on() -> None:
    """Q6: read your writes; a repeat of the completion is no news."""
    done = complete("w1", 1, 1, 1.5)

    assert found("Q6", done, read(1, 1.6, detail="leased")) == [
        (
            "Q6 (an ended job stays ended): j: done since 1.500 s (the complete of w1), and at 1.600 s it "
            "shows as leased"
        )
    ]
    assert found("Q6", done, read(1, 1.4, detail="leased"), complete("w1", 1, 3)) == []
    assert found("Q6", done, last_look(1, 3, detail="done")) == []


@pytest.mark.parametrize("phase", ["ready", "leased", "held", "cancelled"])
def test_a_job_that_is_neither_done_nor_dead_after_the_drain_is_lost(phase: str) -> None:
    """Q7: judged over what was put in, and only by the last look."""
    assert found("Q7", put(0, 0.5), last_look(0, 8, detail=phase)) == [
        (
            "Q7 (no job is lost): j: taken in at 0.500 s, and after the drain, at 8.000 s, it is "
            f"{phase}"
        )
    ]
    assert found("Q7", put(1), read(0, 9, detail=phase)) == []
    assert found("Q7", put(1), last_look(0, 9, detail=phase), last_look(1, 10, detail="done")) == []


def test_a_job_that_does_not_exist_after_the_drain_is_lost() -> None:
    """Q7: unless nobody knows whether it was ever taken in."""
    gone = last_look(None, 9, outcome="rejected")

    assert found("Q7", put(0), gone) == [
        "Q7 (no job is lost): j: taken in at 0.000 s, and after the drain, at 9.000 s, it does not exist"
    ]
    assert found("Q7", put(0, outcome="unknown"), gone) == []
    assert len(found("Q7", put(0, outcome="unknown"), claim("w1", 1, 1), gone)) == 1
    assert found("Q7", put(0), last_look(None, 9, outcome="unknown")) == []
    assert found("Q7", put(0), last_look(3, 9, detail="dead")) == []


def test_a_job_that_nobody_completed_is_not_done() -> None:
    """Q8: a completion that was refused is none; one without an answer may be it."""
    done = read(1, 5, detail="done")

    assert found("Q8", put(0), claim("w1", 1, 1), done) == [
        (
            "Q8 (nothing comes from nowhere): j: done at 5.000 s, and nobody had sent a completion that was "
            "not refused"
        )
    ]
    assert len(found("Q8", put(0), complete("w1", 1, 4, outcome="rejected"), done)) == 1
    assert len(found("Q8", put(0), complete("w1", 1, 5.1), done)) == 1
    assert found("Q8", put(0), complete("w1", 1, 4, outcome="unknown"), done) == []
    assert found("Q8", put(0), read(1, 5, detail="dead")) == []


def test_a_completion_on_its_way_may_be_why_a_job_is_done() -> None:
    """Q8: sent no later than the look was answered."""
    assert found("Q8", put(0), complete("w1", 1, 5, 9), read(1, 4, 5, detail="done")) == []
