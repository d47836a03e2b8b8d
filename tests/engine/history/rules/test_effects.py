from tests.engine.history.stories import complete, effect, found


def test_a_done_job_has_one_effect_of_the_attempt_that_won() -> None:
    """Q16: none, two, or another's are found."""
    done = complete("w2", 2, 5)

    assert found("Q16", effect("w2", 2, 4), done, ledger=True) == []
    assert found("Q16", done, ledger=True) == [
        "Q16 (a job that is done has one effect, its winner's): j: done at 5.000 s without an effect"
    ]
    assert found("Q16", effect("w1", 1, 3), effect("w2", 2, 4), done, ledger=True) == [
        (
            "Q16 (a job that is done has one effect, its winner's): j: 2 effects were accepted, under "
            "attempts 1, 2"
        )
    ]
    assert found("Q16", effect("w1", 1, 4), done, ledger=True) == [
        (
            "Q16 (a job that is done has one effect, its winner's): j: the effect of attempt 1 was "
            "accepted, and attempt 2 completed it"
        )
    ]


def test_an_effect_of_a_job_that_nobody_completed_is_found() -> None:
    """Q16: it has no winner."""
    assert found("Q16", effect("w1", 1, 4), ledger=True) == [
        (
            "Q16 (a job that is done has one effect, its winner's): j: the effect of attempt 1 was "
            "accepted, and no attempt completed it"
        )
    ]
    assert found("Q16", effect("w1", 1, 4, outcome="rejected"), ledger=True) == []


def test_what_got_no_answer_may_be_the_effect_or_the_winner() -> None:
    """Q16: an unknown effect may be there, an unknown completion may have won."""
    lost = effect("w2", 2, 4, outcome="unknown")

    assert found("Q16", lost, complete("w2", 2, 5), ledger=True) == []
    assert found("Q16", lost, effect("w2", 2, 4), complete("w2", 2, 5), ledger=True) == []
    assert (
        found("Q16", effect("w1", 1, 1), complete("w1", 1, 2, outcome="unknown"), ledger=True) == []
    )


def test_effects_are_judged_where_they_are_recorded() -> None:
    """Q16: a history without a ledger says nothing of effects."""
    assert found("Q16", complete("w2", 2, 5)) == []
