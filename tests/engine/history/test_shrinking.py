import pytest

from proofbook.history import History, judge, shortest
from tests.engine.history.simulation import PROMISES, Simulation
from tests.engine.history.stories import PROMISES as PLAIN
from tests.engine.history.stories import beat, claim, count, fail, put


def test_what_a_violation_does_not_need_is_left_out() -> None:
    """Other jobs, refused calls, everything but the two claims and the heartbeat between."""
    kept = [claim("w1", 1, 0), beat("w1", 1, 1.5), claim("w2", 2, 3)]
    other = [
        put(0),
        beat("w3", 1, 0.2, outcome="rejected"),
        claim("w9", 1, 0, job="k"),
        fail("w2", 2, 4),
    ]
    history = History.of([*kept, *other], {"seed": 7})

    part, violation = shortest(history, lambda part: judge(part, PLAIN, only={"Q3"}))

    assert list(part) == kept
    assert part.plan == {"seed": 7}
    assert (violation.rule, violation.tokens) == ("Q3", (1, 2))


def test_a_violation_of_the_whole_queue_is_shortened_too() -> None:
    """It names no job, so that every event may matter."""
    history = History.of([count(3, 0), put(1), put(1, job="k"), count(9, 3)])

    part, violation = shortest(history, lambda part: judge(part, PLAIN, only={"Q18"}))

    assert list(part) == [count(3, 0), count(9, 3)]
    assert violation.job is None


@pytest.mark.parametrize(
    "fault", ["state-fencing", "never-reclaimed", "job-dropped", "key-doubled"]
)
def test_long_runs_become_a_handful_of_events(fault: str) -> None:
    """Small enough to be read, and still judged the same; nothing more can be left out."""
    histories = (Simulation(seed, fault).history() for seed in range(40))
    history = next(history for history in histories if judge(history, PROMISES))

    part, violation = shortest(history, lambda part: judge(part, PROMISES))

    assert len(part) <= 6 < len(history)
    assert violation.rule == judge(history, PROMISES)[0].rule
    for left_out in part:
        rest = History.of(event for event in part if event is not left_out and event != left_out)
        found = {(v.rule, v.job) for v in judge(rest, PROMISES)}
        assert (violation.rule, violation.job) not in found


def test_a_history_without_a_violation_is_not_shortened() -> None:
    """There is nothing to keep."""
    with pytest.raises(ValueError, match="the judge finds nothing in this history"):
        shortest(History.of([put(0)]), lambda part: judge(part, PLAIN))


def test_what_excuses_another_attempt_is_not_left_out_for_it() -> None:
    """The second claim came after a failure; only the third came too soon, and that is what is kept."""
    kept = [claim("w2", 2, 1.5), claim("w3", 3, 2)]
    history = History.of([put(0), claim("w1", 1, 0), fail("w1", 1, 1), *kept])

    part, violation = shortest(history, lambda part: judge(part, PLAIN, only={"Q3"}))

    assert list(part) == kept
    assert violation.tokens == (2, 3)
