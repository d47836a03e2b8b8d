from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.engine.instruments.reference_queue import Connection
from tests.engine.instruments.workers.fleets import LONG, fleet_with

if TYPE_CHECKING:
    from proofbook.instruments.workers import Accepted, Lease


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
