import pytest

from proofbook.history import History, judge
from tests.engine.history.stories import (
    PROMISES,
    beat,
    claim,
    complete,
    fail,
    found,
    last_look,
    lost_claim,
    read,
)


def test_a_job_passed_on_while_its_lease_ran_is_found() -> None:
    """Q3: two live holders."""
    assert found("Q3", claim("w1", 1, 0, 0.1), claim("w2", 2, 1, 1.5)) == [
        (
            "Q3 (a job has one live holder): j: w2 had attempt 2 at 1.500 s, while w1 held attempt 1 until "
            "2.000 s at the least, by its claim at 0.000 s"
        )
    ]


@pytest.mark.parametrize(("answered", "violations"), [(1.999999999, 1), (2, 0), (7, 0)])
def test_the_lease_is_over_at_its_end(answered: float, violations: int) -> None:
    """Q3: counted from when the claim was sent to when the next was answered; not a nanosecond more."""
    assert len(found("Q3", claim("w1", 1, 0, 0.9), claim("w2", 2, 0.5, answered))) == violations


def test_clocks_may_disagree_by_their_grain() -> None:
    """Q3: a store that counts whole milliseconds lets a lease look a little short."""
    events = (claim("w1", 1, 0), claim("w2", 2, 1, 1.999))

    assert len(found("Q3", *events)) == 1
    assert found("Q3", *events, grain_seconds=0.001) == []


@pytest.mark.parametrize("report", [complete, fail])
@pytest.mark.parametrize("outcome", ["ok", "unknown"])
def test_a_holder_who_may_have_reported_holds_no_more(report: object, outcome: str) -> None:
    """Q3: a report without an answer may have been taken; one that was refused was not."""
    events = (claim("w1", 1, 0), claim("w2", 2, 1))

    assert callable(report)
    assert found("Q3", *events, report("w1", 1, 0.9, 5, outcome=outcome)) == []
    assert len(found("Q3", *events, report("w1", 1, 0.9, outcome="rejected"))) == 1
    assert len(found("Q3", *events, report("w1", 1, 1.1, outcome=outcome))) == 1


def test_an_accepted_heartbeat_begins_the_lease_anew() -> None:
    """Q3: what is passed on before that lease is over was stolen."""
    events = (claim("w1", 1, 0), beat("w1", 1, 1.5, 1.6))

    assert found("Q3", *events, claim("w2", 2, 3, 3.4)) == [
        (
            "Q3 (a job has one live holder): j: w2 had attempt 2 at 3.400 s, while w1 held attempt 1 until "
            "3.500 s at the least, by its last heartbeat at 1.500 s"
        )
    ]
    assert found("Q3", *events, claim("w2", 2, 3, 3.5)) == []


def test_a_heartbeat_that_was_sent_as_the_claim_was_answered_may_have_been_first() -> None:
    """Q3: it was accepted, so it was; a moment later it was not the holder's any more."""
    events = (claim("w1", 1, 0), claim("w2", 2, 2, 3))

    assert len(found("Q3", *events, beat("w1", 1, 3))) == 1
    assert found("Q3", *events, beat("w1", 1, 3.1)) == []


@pytest.mark.parametrize("outcome", ["rejected", "unknown"])
def test_a_heartbeat_that_nobody_accepted_prolongs_nothing(outcome: str) -> None:
    """Q3: what may not have been counted is not held against the queue."""
    events = (claim("w1", 1, 0), beat("w1", 1, 1.5, outcome=outcome))

    assert found("Q3", *events, claim("w2", 2, 2, 2.1)) == []


def test_a_token_that_was_lost_stands_for_a_whole_lease() -> None:
    """Q3: whoever got attempt 2 never knew, so it ran out in full."""
    events = (claim("w1", 1, 0), lost_claim(at=2), claim("w2", 3, 3, 3.9))

    assert len(found("Q3", *events)) == 1
    assert found("Q3", claim("w1", 1, 0), lost_claim(at=2), claim("w2", 3, 3, 4)) == []


def test_what_a_zombie_sends_must_be_refused() -> None:
    """Q4: after the answer to the next claim, the old token is worth nothing."""
    events = (claim("w1", 1, 0), claim("w2", 2, 3, 3.5))

    assert found("Q4", *events, complete("w1", 1, 4)) == [
        (
            "Q4 (who lost the lease changes nothing): j: the complete of w1 under attempt 1, sent at 4.000 s, "
            "was accepted though w2 had attempt 2 since 3.500 s"
        )
    ]
    assert len(found("Q4", *events, beat("w1", 1, 4), fail("w1", 1, 4))) == 2
    assert found("Q4", *events, beat("w1", 1, 4, outcome="rejected")) == []
    assert found("Q4", *events, beat("w1", 1, 4, outcome="unknown")) == []


@pytest.mark.parametrize(("sent", "violations"), [(3.5, 0), (3.500000001, 1)])
def test_a_report_that_raced_the_next_claim_may_have_been_first(
    sent: float, violations: int
) -> None:
    """Q4: what was sent before the claim's answer came may have arrived before it was granted."""
    events = (claim("w1", 1, 0), claim("w2", 2, 3, 3.5))

    assert len(found("Q4", *events, complete("w1", 1, sent))) == violations


def test_repeating_a_report_that_was_in_time_is_answered_again() -> None:
    """Q4: the first may have been taken, so the second is its repeat, where reports may be repeated."""
    first = fail("w1", 1, 1, outcome="unknown")
    events = (claim("w1", 1, 0), first, claim("w2", 2, 3), fail("w1", 1, 4))

    assert found("Q4", *events) == []
    assert len(found("Q4", *events, repeatable=False)) == 1
    assert len(found("Q4", *(e for e in events if e is not first))) == 1
    assert len(found("Q4", *events, beat("w1", 1, 4))) == 1


def test_a_repeat_excuses_neither_another_worker_nor_another_report() -> None:
    """Q4: a repeat is the same worker's, of the same kind."""
    events = (claim("w1", 1, 0), fail("w1", 1, 1), claim("w2", 2, 3))

    assert len(found("Q4", *events, fail("w9", 1, 4))) == 1
    assert len(found("Q4", *events, complete("w1", 1, 4))) == 1


def test_a_live_holder_is_served() -> None:
    """Q12: its lease surely ran when the refusal came."""
    events = (claim("w1", 1, 0, 0.1), complete("w1", 1, 1, 1.25, outcome="rejected", detail="409"))

    assert found("Q12", *events) == [
        (
            "Q12 (a live holder is served): j: w1 held attempt 1 for another 0.750 s, and its complete at "
            "1.000 s was refused (409)"
        )
    ]


@pytest.mark.parametrize(("answered", "violations"), [(1.999999999, 1), (2, 0)])
def test_a_refusal_at_the_end_of_the_lease_is_just(answered: float, violations: int) -> None:
    """Q12: the refusal may have been decided at the very end."""
    events = (claim("w1", 1, 0, 0.1), beat("w1", 1, 1, answered, outcome="rejected"))

    assert len(found("Q12", *events)) == violations


def test_only_a_heartbeat_that_was_answered_prolongs_for_sure() -> None:
    """Q12: one still on its way need not have arrived before the call that was refused."""
    refused = beat("w1", 1, 2.5, 2.6, outcome="rejected")

    assert len(found("Q12", claim("w1", 1, 0), beat("w1", 1, 1, 1.1), refused)) == 1
    assert found("Q12", claim("w1", 1, 0), beat("w1", 1, 1, 2.55), refused) == []


def test_others_than_the_live_holder_may_be_refused() -> None:
    """Q12: no claim, another's, one not yet answered, a later one, a report made, a job seen ended."""
    mine, refused = claim("w1", 1, 0, 0.1), beat("w1", 1, 1, outcome="rejected")

    assert len(found("Q12", mine, refused)) == 1
    assert found("Q12", refused) == []
    assert found("Q12", claim("w2", 1, 0, 0.1), refused) == []
    assert found("Q12", claim("w1", 1, 0, 1.1), refused) == []
    assert found("Q12", mine, refused, claim("w2", 2, 0.9, 4)) == []
    assert found("Q12", mine, refused, fail("w1", 1, 0.5, outcome="unknown")) == []
    assert found("Q12", mine, refused, last_look(1, 0.5, detail="cancelled")) == []


def test_what_a_violation_shows_is_what_it_speaks_of() -> None:
    """Both claims and the heartbeat that prolonged the first, or the next claim and the late call."""
    first, kept, late = claim("w1", 1, 0), beat("w1", 1, 1.5), beat("w1", 1, 4)
    second, third = claim("w2", 2, 3), claim("w3", 3, 3.5, 9)
    history = History.of([first, beat("w1", 1, 1), kept, second, third, late])

    overlap, *_ = judge(history, PROMISES, only={"Q3"})
    (stale,) = judge(history, PROMISES, only={"Q4"})

    assert overlap.events == (first, kept, second)
    assert (stale.events, stale.tokens) == ((second, late), (1, 2))


def test_of_many_later_claims_the_first_answered_is_named() -> None:
    """From then on the old token was worth nothing, whatever the order of tokens."""
    claims = (claim("w1", 1, 0), claim("w2", 2, 3, 9), claim("w3", 3, 5, 6))

    assert found("Q4", *claims, beat("w1", 1, 7)) == [
        (
            "Q4 (who lost the lease changes nothing): j: the heartbeat of w1 under attempt 1, sent at 7.000 s, "
            "was accepted though w3 had attempt 3 since 6.000 s"
        )
    ]


def test_the_last_answered_heartbeat_counts_for_the_holder() -> None:
    """Q12: of several, and at the very instant at which the next call is sent."""
    refused = beat("w1", 1, 3, 3.5, outcome="rejected")

    assert len(found("Q12", claim("w1", 1, 0), beat("w1", 1, 1), beat("w1", 1, 2, 3), refused)) == 1
    assert found("Q12", claim("w1", 1, 0), beat("w1", 1, 1), refused) == []
    assert len(found("Q12", claim("w1", 1, 2, 3), refused)) == 1


def test_what_was_seen_unended_or_claimed_later_does_not_excuse_a_refusal() -> None:
    """Q12: only an end that was seen in time does; or a claim that may have come first."""
    mine, refused = claim("w1", 1, 0, 0.1), beat("w1", 1, 1, 1.2, outcome="rejected")

    assert len(found("Q12", mine, refused, read(1, 0.5, detail="leased"))) == 1
    assert len(found("Q12", mine, refused, read(1, 1.3, detail="done"))) == 1
    assert found("Q12", mine, refused, read(1, 1.2, detail="done")) == []
    assert found("Q12", mine, refused, claim("w2", 2, 1.2, 4)) == []
    assert len(found("Q12", mine, refused, claim("w2", 2, 1.3, 4))) == 1
