import pytest

from tests.engine.history.stories import claim, count, found, lost_claim, put


def test_a_claimed_job_was_put_in() -> None:
    """Q8: a stranger is found, and named."""
    assert found("Q8", put(0, job="k"), claim("w1", 1, 1, 2)) == [
        (
            "Q8 (nothing comes from nowhere): 1 claimed jobs were never put in (j), and 0 puts had no answer; "
            "w1 had the first at 2.000 s"
        )
    ]
    assert found("Q8", put(0), claim("w1", 1, 1)) == []
    assert found("Q8", put(0, outcome="unknown"), claim("w1", 1, 1)) == []


def test_a_put_without_an_answer_may_have_made_one_job() -> None:
    """Q8: one, not two."""
    events = (put(0, job=None, outcome="unknown"), claim("w1", 1, 1))

    assert found("Q8", *events) == []
    assert len(found("Q8", *events, claim("w1", 1, 1, job="k"))) == 1


def test_a_claim_without_an_answer_made_no_job() -> None:
    """Q8: only a put may have."""
    assert len(found("Q8", lost_claim(at=0), claim("w1", 1, 1))) == 1


def test_many_strangers_are_counted_and_few_are_named() -> None:
    """Q8: a message is read by a person."""
    strangers = [claim("w1", 1, 0, job=f"j{number}") for number in range(5)]

    assert found("Q8", *strangers) == [
        (
            "Q8 (nothing comes from nowhere): 5 claimed jobs were never put in (j0, j1, j2, …), and 0 puts "
            "had no answer; w1 had the first at 0.000 s"
        )
    ]


def test_one_key_makes_one_job() -> None:
    """Q17: however often, and however concurrently, it is put."""
    first = put(0, 2, job="a", detail="key")

    assert found("Q17", first, put(1, 3, job="b", detail="key")) == [
        "Q17 (one key makes one job): the key key made a at 2.000 s and b at 3.000 s"
    ]
    assert (
        found("Q17", first, put(1, 3, job="a", detail="key"), put(1, job="b", detail="other")) == []
    )
    assert found("Q17", first, put(1, job="b", detail="key", outcome="rejected")) == []
    assert found("Q17", put(0, job="a"), put(0, job="b")) == []


@pytest.mark.parametrize(("total", "violations"), [(4, 1), (5, 0), (6, 1)])
def test_a_queue_grows_by_what_was_put_in(total: int, violations: int) -> None:
    """Q18: by neither more nor less."""
    events = (count(3, 0, 1), put(2, job="a"), put(2, job="b"), count(total, 3, 4))

    assert len(found("Q18", *events)) == violations


def test_a_queue_that_lost_a_job_is_described() -> None:
    """Q18: both counts, and what was put in between."""
    events = (count(3, 0, 1, detail="3 ready"), count(2, 3, 4, detail="1 ready, 1 done"))

    assert found("Q18", *events) == [
        (
            "Q18 (every job is counted somewhere): the queue held 3 jobs at 1.000 s (3 ready) and 2 at "
            "4.000 s (1 ready, 1 done): -1, where 0 to 0 were put in"
        )
    ]


def test_what_overlaps_a_count_may_be_counted_or_not() -> None:
    """Q18: a put under way, and a put without an answer, at any later time."""
    for total in (3, 4):
        assert found("Q18", count(3, 0, 2), put(1, 1.5), count(total, 3)) == []
        assert found("Q18", count(3, 0), put(1, 4), count(total, 3, 5)) == []
        assert found("Q18", put(0, outcome="unknown"), count(3, 1), count(total, 3)) == []
    assert len(found("Q18", put(0), count(3, 1), count(4, 3))) == 1
    assert len(found("Q18", count(3, 0), put(1, outcome="rejected"), count(4, 3))) == 1


def test_a_key_put_before_may_have_made_the_job_already() -> None:
    """Q18: the repeat of a put without an answer need not add one."""
    lost = put(0, job=None, detail="key", outcome="unknown")

    for total in (3, 4):
        assert found("Q18", lost, count(3, 1), put(2, detail="key"), count(total, 3)) == []


def test_what_ends_or_begins_with_a_count_may_be_in_it_or_not() -> None:
    """Q18: the very same instant tells nothing; an instant later or earlier does."""
    for total in (3, 4):
        assert found("Q18", count(3, 0, 1), put(0, 0.5), count(total, 3, 4)) == []
        assert found("Q18", count(3, 0, 1), put(2, 3.5), count(total, 3, 4)) == []
        assert found("Q18", count(3, 1, 2), put(0, 1), count(total, 3)) == []
        assert found("Q18", count(3, 0), put(2, 4), count(total, 1, 2)) == []
    assert len(found("Q18", count(3, 0, 1), put(1, 3), count(3, 3, 4))) == 1
    assert len(found("Q18", count(3, 1, 2), put(0, 0.9), count(4, 3))) == 1
    assert len(found("Q18", count(3, 0), put(2.1, 4), count(4, 1, 2))) == 1


def test_any_put_under_a_key_that_was_answered_in_between_counts() -> None:
    """Q18: its repeat may be on its way still, or refused, or without key and name."""
    first = put(1, 2, detail="key")

    for more in (
        put(2, 9, detail="key"),
        put(2, detail="key", outcome="rejected"),
        put(2, job=None, outcome="rejected"),
    ):
        assert len(found("Q18", count(3, 0), first, more, count(3, 3))) == 1
        assert found("Q18", count(3, 0), first, more, count(4, 3)) == []


def test_as_many_strangers_as_fit_are_named() -> None:
    """Q8: three, and no dots."""
    strangers = [claim("w1", 1, 0, job=f"j{number}") for number in range(3)]

    assert "(j0, j1, j2), and" in found("Q8", *strangers)[0]
