"""Calls that are let go together are in flight together."""

from __future__ import annotations

from functools import partial
from threading import Barrier

from proofbook.instruments.at_once import at_once


def test_none_ends_before_all_have_begun() -> None:
    """Each waits for the others, which it could not if they came one by one; answers keep their order."""
    met = Barrier(3, timeout=60)

    def call(number: int) -> int:
        met.wait()
        return number

    assert at_once(*[partial(call, number) for number in range(3)]) == [0, 1, 2]
