"""Waiting ends with a state or with time, never before either."""

from __future__ import annotations

import time
from itertools import count

from proofbook.instruments.waiting import pause_until, until


def test_what_is_accepted_ends_the_wait() -> None:
    """What was seen then is what is given."""
    numbers = count()

    assert until(lambda: next(numbers), lambda seen: seen == 3, 60) == 3


def test_what_was_seen_last_is_given_when_time_is_up() -> None:
    """Whoever waited in vain sees what was there instead."""
    assert until(lambda: "no", lambda seen: seen == "yes", 0, every_seconds=0.001) == "no"


def test_a_pause_lasts_until_its_instant() -> None:
    """Not a moment less; an instant that is past is no pause."""
    instant = time.monotonic() + 0.01

    pause_until(instant)

    assert time.monotonic() >= instant
    pause_until(instant)
