"""What counts as two at once."""

from __future__ import annotations

from checks.jobsources.replies import Reply
from checks.jobsources.timed import Timed, overlapped, timed

REPLY = Reply(200, "{}", {}, 0)


def _between(*instants: tuple[float, float]) -> list[Timed]:
    return [Timed(REPLY, began, ended) for began, ended in instants]


def test_who_came_before_the_other_went_met_him() -> None:
    """In whatever order they are told, and however many there are."""
    assert overlapped(_between((2, 3), (0, 2.5)))
    assert overlapped(_between((0, 9), (1, 1.5), (2, 3)))


def test_one_after_the_other_met_nobody() -> None:
    """Also where one begins at the instant at which the other ends."""
    assert not overlapped(_between((0, 1), (1, 2), (2, 3)))
    assert not overlapped(_between((0, 1)))
    assert not overlapped([])


def test_an_answer_is_kept_with_its_time() -> None:
    """It ended no sooner than it began."""
    answer = timed(lambda: REPLY)

    assert answer.reply is REPLY
    assert answer.began <= answer.ended
