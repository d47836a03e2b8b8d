from dataclasses import replace

import pytest

from proofbook.history import History, judge
from tests.engine.history.stories import (
    PROMISES,
    beat,
    claim,
    complete,
    empty,
    fail,
    found,
    last_look,
    lost_claim,
    put,
)


def rests(_job: str, attempt: int) -> tuple[float, float]:
    """One to two seconds for each attempt."""
    return 1.0 * attempt, 2.0 * attempt


@pytest.mark.parametrize(("answered", "violations"), [(1.999999999, 1), (2, 0)])
def test_a_failed_job_rests(answered: float, violations: int) -> None:
    """Q10: from when the failure was sent to when the next claim was answered."""
    events = (claim("w1", 1, 0), fail("w1", 1, 1, 1.5), claim("w2", 2, 1.6, answered))

    assert len(found("Q10", *events, backoff_seconds=rests)) == violations
    assert found("Q10", *events) == []


def test_a_job_that_did_not_rest_is_described() -> None:
    """Q10: who failed, until when it was to rest, who had it."""
    events = (claim("w1", 1, 0), fail("w1", 1, 1), claim("w2", 2, 1.6))

    assert found("Q10", *events, backoff_seconds=rests) == [
        (
            "Q10 (a failed job rests as long as promised): j: attempt 1 failed at 1.000 s and was to rest "
            "until 2.000 s, and w2 had attempt 2 at 1.600 s"
        )
    ]


@pytest.mark.parametrize(("answered", "violations"), [(1.999999999, 1), (2, 0)])
def test_a_failure_without_an_answer_may_have_been_a_lapse(
    answered: float, violations: int
) -> None:
    """Q10: the lease of two seconds ends before the rest would."""
    events = (
        claim("w1", 1, 0),
        fail("w1", 1, 1.5, outcome="unknown"),
        claim("w2", 2, 1.6, answered),
    )

    assert len(found("Q10", *events, backoff_seconds=rests)) == violations
    # Its repeat was answered: then it failed, and rests.
    again = fail("w1", 1, 1.55)
    assert len(found("Q10", *events, again, backoff_seconds=rests)) == 1


@pytest.mark.parametrize(("answered", "violations"), [(3.999999999, 1), (4, 0)])
def test_a_lost_attempt_after_the_rest_ran_out_in_full(answered: float, violations: int) -> None:
    """Q10: the rest, and a whole lease for the attempt that nobody got."""
    events = (claim("w1", 1, 0), fail("w1", 1, 1), lost_claim(at=2), claim("w2", 3, 2, answered))

    assert len(found("Q10", *events, backoff_seconds=rests)) == violations


def test_a_completed_or_refused_attempt_does_not_rest() -> None:
    """Q10: only a failure that may have been taken does."""
    refused = fail("w1", 1, 1, outcome="rejected")

    assert (
        found("Q10", claim("w1", 1, 0), refused, claim("w2", 2, 1.5), backoff_seconds=rests) == []
    )


def test_a_job_put_in_is_handed_to_whoever_asks() -> None:
    """Q11: told that there is nothing, while it waited."""
    events = (put(0, 1), empty(4, 5), claim("w1", 1, 6))

    assert found("Q11", *events, reclaim_seconds=2) == [
        (
            "Q11 (a job that is due is handed out): j: put in, due by 1.000 s, and idle asked at 4.000 s and "
            "was told that there is nothing; it went out at 6.000 s"
        )
    ]
    assert found("Q11", *events) == []


@pytest.mark.parametrize(
    ("asked", "told", "violations"), [(3, 5, 0), (3.1, 5.9, 1), (3.1, 6, 0), (7, 8, 0)]
)
def test_who_asked_too_early_or_was_answered_too_late_proves_nothing(
    asked: float, told: float, violations: int
) -> None:
    """Q11: sent after the slack was over, answered before the claim that got the job was sent."""
    events = (put(0, 1), empty(asked, told), claim("w1", 1, 6))

    assert len(found("Q11", *events, reclaim_seconds=2)) == violations


def test_a_lapsed_job_is_handed_to_whoever_asks() -> None:
    """Q11: from the latest instant at which the lease can have ended."""
    events = (put(0), claim("w1", 1, 0), beat("w1", 1, 1, 1.5), empty(6), claim("w2", 2, 8))

    assert found("Q11", *events, reclaim_seconds=2) == [
        (
            "Q11 (a job that is due is handed out): j: the lease of attempt 1 ran out, due by 3.500 s, and "
            "idle asked at 6.000 s and was told that there is nothing; it went out at 8.000 s"
        )
    ]
    assert found("Q11", *events, reclaim_seconds=2.5) == []


def test_a_rested_job_is_handed_to_whoever_asks() -> None:
    """Q10: no longer than promised, either."""
    events = (claim("w1", 1, 0), fail("w1", 1, 0.5, 1), empty(4), claim("w2", 2, 5))

    assert found("Q10", *events, reclaim_seconds=0.5, backoff_seconds=rests) == [
        (
            "Q10 (a failed job rests as long as promised): j: attempt 1 failed, due by 3.000 s, and idle "
            "asked at 4.000 s and was told that there is nothing; it went out at 5.000 s"
        )
    ]
    assert found("Q10", *events, reclaim_seconds=1, backoff_seconds=rests) == []
    assert found("Q10", *events, reclaim_seconds=0.5) == []


def test_nobody_knows_when_a_job_is_due_whose_holder_got_no_answer() -> None:
    """Q10 and Q11: a heartbeat or a report without an answer may take effect at any time."""
    for call in (beat, fail, complete):
        events = (
            claim("w1", 1, 0),
            call("w1", 1, 1, outcome="unknown"),
            empty(9),
            claim("w2", 2, 10),
        )
        for rule in ("Q10", "Q11"):
            assert found(rule, *events, reclaim_seconds=1, backoff_seconds=rests) == []


def test_a_lost_attempt_in_between_may_have_held_the_job() -> None:
    """Q11: no wait is certain across a gap, before a first attempt that is not the first, or at the end."""
    gap = (claim("w1", 1, 0), lost_claim(at=2), empty(9), claim("w2", 3, 10))

    assert found("Q11", *gap, reclaim_seconds=1) == []
    assert (
        found("Q11", put(0), lost_claim(at=1), empty(9), claim("w2", 2, 10), reclaim_seconds=1)
        == []
    )
    assert found("Q11", claim("w1", 3, 0), empty(9), last_look(3, 10, detail="leased")) == []


def test_a_job_that_never_goes_out_is_found_by_a_later_look() -> None:
    """Q11: nobody was given it, and it shows that it waits."""
    events = (put(0), claim("w1", 1, 0), empty(9))
    waits = last_look(1, 10, detail="leased")

    assert found("Q11", *events, waits, reclaim_seconds=1) == [
        (
            "Q11 (a job that is due is handed out): j: the lease of attempt 1 ran out, due by 2.000 s, and "
            "idle asked at 9.000 s and was told that there is nothing; nobody was given it"
        )
    ]
    assert found("Q11", *events, reclaim_seconds=1) == []
    assert found("Q11", *events, last_look(1, 10, detail="dead"), reclaim_seconds=1) == []
    assert (
        found(
            "Q11", *events, last_look(2, 10, detail="leased"), lost_claim(at=1), reclaim_seconds=1
        )
        == []
    )
    assert len(found("Q11", *events, waits, lost_claim(at=1), reclaim_seconds=1)) == 1


def test_what_was_seen_before_the_question_proves_nothing() -> None:
    """Q11: the job may have ended in between."""
    events = (put(0), claim("w1", 1, 0), last_look(1, 8, detail="leased"), empty(9))

    assert found("Q11", *events, reclaim_seconds=1) == []


def test_clocks_may_disagree_by_their_grain() -> None:
    """Q10 and Q11: a little too soon, or a little too late, is neither."""
    soon = (claim("w1", 1, 0), fail("w1", 1, 1), claim("w2", 2, 1.6, 1.95))
    late = (put(0, 1), empty(3.05, 5), claim("w1", 1, 6))

    for grain_seconds, violations in ((0, 1), (0.1, 0)):
        for rule, events in (("Q10", soon), ("Q11", late)):
            said = found(
                rule,
                *events,
                backoff_seconds=rests,
                reclaim_seconds=2,
                grain_seconds=grain_seconds,
            )
            assert len(said) == violations, rule


def test_a_failure_told_twice_is_due_at_no_certain_time() -> None:
    """Q10: the first may have been taken when the second was answered, or long before."""
    told = (fail("w1", 1, 0.5, outcome="unknown"), fail("w1", 1, 0.6, 1))
    events = (claim("w1", 1, 0), *told, empty(8), claim("w2", 2, 9))

    assert found("Q10", *events, reclaim_seconds=0.5, backoff_seconds=rests) == []


def test_a_lapsed_last_attempt_waits_for_nobody() -> None:
    """Q11: the job is to be dead, not handed out; an attempt that is not the last is."""
    events = (put(0), claim("w1", 1, 0), empty(9), last_look(1, 10, detail="leased"))

    assert found("Q11", *events, reclaim_seconds=1, max_attempts=1) == []
    assert len(found("Q11", *events, reclaim_seconds=1, max_attempts=2)) == 1
    assert len(found("Q11", *events, reclaim_seconds=1, max_attempts=None)) == 1


def test_a_look_at_the_instant_of_the_empty_answer_is_after_it() -> None:
    """Q11: and what shows it is the question, and the claim that came too late, if one came."""
    asked, look = empty(8, 9), last_look(1, 9, detail="leased")
    waits = replace(PROMISES, reclaim_seconds=1)
    events = [put(0), claim("w1", 1, 0), asked]

    (never,) = judge(History.of([*events, look]), waits, only={"Q11"})
    (late,) = judge(History.of([*events, claim("w2", 2, 10)]), waits, only={"Q11"})

    assert never.events == (asked,)
    assert late.events == (asked, claim("w2", 2, 10))
