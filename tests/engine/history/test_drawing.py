from proofbook.history import History, explained, judge, timeline
from tests.engine.history.stories import PROMISES, beat, claim, lost_claim


def test_a_timeline_has_a_row_for_each_event_and_a_bar_for_its_time() -> None:
    """By invocation; a call that nobody saw answered has no end."""
    events = [claim("w2", 2, 1, 2), claim("w1", 1, 0, 0.5), lost_claim(at=1.5, detail="timed out")]

    assert timeline(events) == (
        "  0.000 s  w1    claim 1  ok                 |▐█████████▌                             |\n"
        "  1.000 s  w2    claim 2  ok                 |                   ▐███████████████████▌|\n"
        "  1.500 s  lost  claim    unknown timed out  |                            ▐···········|\n"
    )


def test_events_of_one_instant_have_a_place_too() -> None:
    """Nothing is divided by no time at all."""
    assert timeline([claim("w1", 1, 3)]) == f"  0.000 s  w1  claim 1  ok  |▐▌{' ' * 38}|\n"
    assert timeline([]) == "no events\n"


def test_a_violation_is_explained_by_its_job_in_time() -> None:
    """The sentence, and all events of the job, in seconds from the first of the history."""
    history = History.of(
        [claim("w9", 1, 0, job="k"), claim("w1", 1, 1), beat("w1", 1, 2), claim("w2", 2, 3)]
    )

    text = explained(judge(history, PROMISES, only={"Q3"})[0], history)

    assert text == (
        "Q3 (a job has one live holder): j: w2 had attempt 2 at 3.000 s, while w1 held attempt 1 until "
        "4.000 s at the least, by its last heartbeat at 2.000 s\n"
        "\n"
        f"  1.000 s  w1  claim 1      ok  |▐▌{' ' * 38}|\n"
        f"  2.000 s  w1  heartbeat 1  ok  |{' ' * 19}▐▌{' ' * 19}|\n"
        f"  3.000 s  w2  claim 2      ok  |{' ' * 38}▐▌|\n"
    )
