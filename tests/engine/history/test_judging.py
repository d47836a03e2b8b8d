import random

import pytest

from proofbook.history import RULES, History, Promises, judge
from tests.engine.history.simulation import PROMISES, Simulation
from tests.engine.history.stories import claim, complete, put


def test_an_empty_history_breaks_nothing() -> None:
    """It proves nothing either: that is for whoever asks for a witness."""
    assert judge(History(), Promises(lease_seconds=2)) == ()


def test_violations_come_by_rule_and_name_what_shows_them() -> None:
    """In the order of RULES, whatever the order of events."""
    first, second = claim("w1", 1, 0), claim("w2", 1, 1)
    history = History.of([complete("w2", 2, 3), second, first, complete("w1", 1, 2)])

    violations = judge(history, Promises(lease_seconds=2))

    assert [violation.rule for violation in violations] == ["Q1", "Q5", "Q8"]
    assert (violations[0].job, violations[0].tokens, violations[0].events) == (
        "j",
        (1,),
        (first, second),
    )


def test_only_the_rules_that_are_asked_for_are_judged() -> None:
    """And a rule that there is not is an error, not a rule that holds."""
    history = History.of([claim("w1", 1, 0), claim("w2", 1, 1)])

    assert [v.rule for v in judge(history, Promises(lease_seconds=2), only={"Q8"})] == ["Q8"]
    with pytest.raises(KeyError, match="Q99"):
        judge(history, Promises(lease_seconds=2), only={"Q99"})


def test_the_order_of_recording_does_not_matter() -> None:
    """Events are told by their instants: a file may hold them in any order."""
    history = Simulation(3, "no-fencing").history()
    events = list(history)
    random.Random(1).shuffle(events)

    expected = sorted(map(str, judge(history, PROMISES)))

    assert expected
    assert sorted(map(str, judge(History.of(events), PROMISES))) == expected


def test_a_job_that_was_only_put_in_and_completed_breaks_nothing_more() -> None:
    """What nobody claimed in the history may have been claimed before it."""
    assert judge(History.of([put(0), complete("w1", 1, 3)]), Promises(lease_seconds=2)) == ()


def test_every_rule_has_a_sentence() -> None:
    """By the ids of the list of invariants."""
    assert list(RULES) == [*(f"Q{number}" for number in range(1, 13)), "Q16", "Q17", "Q18"]
    assert all(RULES.values())
