"""Canaries: exactly those that were written before the point."""

from __future__ import annotations

from typing import Any

import pytest

from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.points import Point, heard

POINT = Point(kind="time", target={"recovery_target_time": "then"}, canaries=(1, 2))


class Cluster:
    """What a recovered cluster tells of its canaries."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers

    def run_in(self, *_: str) -> list[tuple[Any, ...]]:
        """Their numbers."""
        return [(number,) for number in self.numbers]


def test_a_recovery_that_reached_its_point_is_heard() -> None:
    """All of before, none of after."""
    told = heard(Cluster(1, 2), POINT)  # type: ignore[arg-type] # all that is asked of one
    assert told == "2 canaries of before are there, none of after"


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((1,), "canaries [2] of before are missing, [] of after are there"),
        ((1, 2, 3), "canaries [] of before are missing, [3] of after are there"),
    ],
)
def test_a_recovery_that_stopped_early_or_late_is_told(numbers: tuple[int, ...], told: str) -> None:
    """Rows were lost, or what was to be undone came back with the rest."""
    with pytest.raises(Broken) as raised:
        heard(Cluster(*numbers), POINT)  # type: ignore[arg-type] # all that is asked of one
    assert (raised.value.guard, raised.value.told) == ("replay", told)
