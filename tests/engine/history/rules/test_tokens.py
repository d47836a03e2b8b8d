from tests.engine.history.stories import claim, found, lost_claim, read


def test_one_attempt_handed_to_two_workers_is_found() -> None:
    """Q1: the token is what tells attempts apart."""
    assert found("Q1", claim("w1", 1, 0), claim("w2", 1, 0.5)) == [
        "Q1 (an attempt is handed out once): j: attempt 1 went to w1 (0.000 s) and again to w2 (0.500 s)"
    ]


def test_the_same_worker_is_not_handed_its_attempt_again() -> None:
    """Q1: a re-claim by the holder's own name is a hand-out too."""
    assert len(found("Q1", claim("w1", 1, 0), claim("w1", 1, 5))) == 1


def test_two_jobs_and_two_attempts_are_not_twice_the_same() -> None:
    """Q1: job and token together."""
    assert found("Q1", claim("w1", 1, 0), claim("w1", 1, 0, job="k"), claim("w2", 2, 9)) == []


def test_an_attempt_after_a_later_one_is_found() -> None:
    """Q2: attempts go up with time."""
    assert found("Q2", claim("w1", 2, 0), claim("w2", 1, 3)) == [
        (
            "Q2 (attempts count up, one claim at a time): j: attempt 1 was handed out at 3.000 s, after "
            "attempt 2 at 0.000 s"
        )
    ]


def test_attempts_whose_calls_overlap_may_end_in_any_order() -> None:
    """Q2: the first was answered at the instant at which the second was sent, not before."""
    assert found("Q2", claim("w1", 2, 0, 1), claim("w2", 1, 1, 2)) == []
    assert len(found("Q2", claim("w1", 2, 0, 1), claim("w2", 1, 1.000000001, 2))) == 1


def test_a_token_that_nobody_got_needs_a_claim_that_lost_its_answer() -> None:
    """Q2: a gap is filled by an unknown claim that was sent in time, and by nothing else."""
    gap = (claim("w1", 1, 0), claim("w2", 3, 5, 6))

    assert found("Q2", *gap)[0] == (
        "Q2 (attempts count up, one claim at a time): j: attempt 3 followed attempt 1, and only 0 claims "
        "had lost their answers by 6.000 s"
    )
    assert found("Q2", *gap, lost_claim(at=6)) == []
    assert len(found("Q2", *gap, lost_claim(at=6.1))) == 1


def test_the_first_attempt_is_one() -> None:
    """Q2: a gap before the first claim is a gap."""
    assert len(found("Q2", claim("w1", 2, 0))) == 2
    assert found("Q2", claim("w1", 2, 1), lost_claim(at=0)) == []


def test_one_lost_claim_does_not_fill_two_gaps() -> None:
    """Q2: over all jobs, no more tokens are missing than claims lost their answers."""
    events = (lost_claim(at=0), claim("w1", 2, 5), claim("w2", 2, 5, job="k"))

    assert found("Q2", *events) == [
        (
            "Q2 (attempts count up, one claim at a time): 2 attempts of 2 claims were handed to nobody, and "
            "only 1 claims lost their answers; the first is before attempt 2 of j"
        )
    ]
    assert found("Q2", *events, lost_claim(at=1)) == []


def test_a_job_shows_the_attempts_that_were_claimed() -> None:
    """Q2: fewer or more than the claims can account for is found."""
    claims = (claim("w1", 1, 0), claim("w2", 2, 3, 4))

    assert found("Q2", *claims, read(3, 5)) == [
        (
            "Q2 (attempts count up, one claim at a time): j: shows 3 attempts at 5.000 s, and between 2 and "
            "2 were claimed"
        )
    ]
    assert found("Q2", *claims, read(2, 5)) == []
    assert len(found("Q2", *claims, read(1, 5))) == 1


def test_a_look_during_a_claim_may_see_either() -> None:
    """Q2: before or after, nobody knows; and a claim that lost its answer may count too."""
    claims = (claim("w1", 1, 0), claim("w2", 2, 3, 4))

    assert found("Q2", *claims, read(1, 3.5), read(2, 3.5), read(None, 9)) == []
    assert found("Q2", *claims, read(2, 2, 3), read(1, 4)) == []
    assert len(found("Q2", *claims, read(2, 2, 2.9), read(1, 4.1))) == 2
    assert found("Q2", *claims, lost_claim(at=5), read(3, 6)) == []
