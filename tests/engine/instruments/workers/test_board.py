from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from proofbook.instruments.workers.board import Board
from tests.engine.instruments.reference_queue import Connection
from tests.engine.instruments.workers.fleets import LONG, fleet_with

if TYPE_CHECKING:
    from proofbook.instruments.workers import Accepted, Lease


def test_a_queue_is_quiet_once_it_was_asked_in_vain_late_enough() -> None:
    """Not while the suite itself stood still; nor while a claim that nobody saw answered may hold a job."""
    board = Board(["j"], [])
    began = board.handed_out
    seen = []

    for asked in (0.5, 2.0):
        board.empty(began + asked)
        seen.append(board.is_quiet(1, lapse_seconds=1))
    board.unanswered = began + 1.5
    seen.append(board.is_quiet(1, lapse_seconds=1))
    board.empty(began + 3.0)
    seen.append(board.is_quiet(1, lapse_seconds=1))

    assert seen == [False, True, False, True]


def test_what_several_workers_raise_is_raised_together() -> None:
    """Nothing is hidden behind the first."""
    barrier = threading.Barrier(2)

    class Together(Connection):
        """Two workers break at once."""

        def complete(self, lease: Lease) -> Accepted:
            """Wait for the other."""
            barrier.wait(60)
            raise AssertionError(f"attempt {lease.token}")

    fleet = fleet_with(Together, LONG)
    jobs = fleet.enqueue(2)

    with pytest.raises(BaseExceptionGroup, match="several workers broke") as error:
        fleet.drain(jobs, workers=2, deadline_seconds=120)

    assert [str(one) for one in error.value.exceptions] == ["attempt 1", "attempt 1"]
