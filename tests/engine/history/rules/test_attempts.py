import pytest

from proofbook.history import History, judge
from tests.engine.history.stories import PROMISES, claim, complete, fail, found, lost_claim, read


def test_no_attempt_is_handed_out_beyond_the_promised_number() -> None:
    """Q9: three attempts, not four."""
    claims = [claim("w1", token, 3 * token) for token in (1, 2, 3, 4)]

    assert found("Q9", *claims[:3]) == []
    assert found("Q9", *claims) == [
        (
            "Q9 (attempts are bounded, and used before a job is dead): j: w1 was given attempt 4 as claim 4 "
            "at 12.000 s, and 3 are promised"
        )
    ]
    assert found("Q9", *claims, max_attempts=None) == []


def test_one_token_again_and_again_is_too_many_claims() -> None:
    """Q9: a queue that does not count is not bounded."""
    assert len(found("Q9", *(claim("w1", 1, 3 * time) for time in range(4)))) == 1


def test_the_last_failure_makes_a_job_dead() -> None:
    """Q9: a job that has no attempt left is not ready."""
    assert found("Q9", fail("w1", 3, 9, detail="ready")) == [
        (
            "Q9 (attempts are bounded, and used before a job is dead): j: attempt 3 of 3 failed at 9.000 s, "
            "and the job is ready again, not dead"
        )
    ]
    assert found("Q9", fail("w1", 3, 9, detail="dead"), fail("w1", 2, 6, detail="ready")) == []


def test_no_earlier_failure_does() -> None:
    """Q9: every promised attempt is used."""
    assert found("Q9", fail("w1", 2, 0, 1, detail="dead")) == [
        (
            "Q9 (attempts are bounded, and used before a job is dead): j: dead at 1.000 s after 2 of 3 "
            "attempts"
        )
    ]
    assert found("Q9", fail("w1", 2, 0, 1, detail="dead"), max_attempts=2) == []
    assert found("Q9", fail("w1", 2, 0, 1, detail="dead"), max_attempts=None) == []


def test_a_job_seen_dead_has_used_its_attempts() -> None:
    """Q9: by what it shows; where it shows nothing, by its claims and those that lost their answers."""
    failed = (claim("w1", 1, 0), fail("w1", 1, 1))

    assert len(found("Q9", *failed, read(2, 9, detail="dead"))) == 1
    assert found("Q9", *failed, read(3, 9, detail="dead")) == []
    assert len(found("Q9", *failed, read(None, 9, detail="dead"))) == 1
    assert len(found("Q9", *failed, lost_claim(at=2), read(None, 9, detail="dead"))) == 1
    assert found("Q9", *failed, *[lost_claim(at=2)] * 2, read(None, 9, detail="dead")) == []


@pytest.mark.parametrize(("seen", "violations"), [(7.999999999, 1), (8, 0)])
def test_a_job_is_not_dead_while_its_last_holder_lives(seen: float, violations: int) -> None:
    """Q9: who has not reported has until the end of the lease."""
    events = (claim("w1", 3, 6), read(3, 5, seen, detail="dead"))

    assert len(found("Q9", *events)) == violations


def test_who_holds_the_last_attempt_is_named() -> None:
    """Q9: and until when."""
    assert found("Q9", claim("w1", 3, 0), read(3, 0.5, 1, detail="dead")) == [
        (
            "Q9 (attempts are bounded, and used before a job is dead): j: dead at 1.000 s, while w1 held "
            "attempt 3 until 2.000 s at the least"
        )
    ]


def test_the_last_holder_may_have_reported_or_lost_the_job_to_nobody_known() -> None:
    """Q9: a failure without an answer may be why; an attempt that was lost ran out in full."""
    dead = read(3, 3, detail="dead")

    assert found("Q9", claim("w1", 3, 2), fail("w1", 3, 2.5, outcome="unknown"), dead) == []
    assert (
        len(found("Q9", claim("w1", 3, 2), complete("w1", 3, 2.5, outcome="rejected"), dead)) == 1
    )
    assert len(found("Q9", claim("w1", 2, 0), lost_claim(at=1), dead)) == 1
    assert found("Q9", claim("w1", 2, 0), lost_claim(at=1), read(3, 4, detail="dead")) == []
    assert found("Q9", lost_claim(at=0), dead) == []


def test_a_claim_on_its_way_may_be_the_last_attempt() -> None:
    """Q9: sent no later than the answer that says dead; the largest token counts."""
    known = (claim("w1", 1, 0), claim("w2", 2, 1), claim("w3", 3, 5, 9), fail("w3", 3, 5))

    assert found("Q9", *known, read(None, 4, 5, detail="dead")) == []
    assert len(found("Q9", *known, read(None, 4, 4.9, detail="dead"))) == 1
    assert len(found("Q9", claim("w3", 3, 5, 9), read(3, 4, 5, detail="dead"))) == 1


def test_a_violation_names_the_attempt_if_it_is_known() -> None:
    """Q9: a look may not show it."""
    history = History.of([read(None, 4, detail="dead"), fail("w1", 1, 5, detail="dead", job="k")])

    assert [v.tokens for v in judge(history, PROMISES, only={"Q9"})] == [(), (1,)]
