"""Work that goes on while a nemesis plays, wave after wave, and is looked at when all is healed."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from proofbook.history import Kind

if TYPE_CHECKING:
    from proofbook.instruments.nemesis.nemesis import Nemesis
    from proofbook.instruments.workers import Fleet, Troubles

#: Jobs of a wave, for each worker.
EACH = 4
#: A wave ends after so many leases at the latest: what is open then is left to who comes later.
LEASES = 4


def endure(  # noqa: PLR0913 - what a run of a fleet is made of, by keyword
    fleet: Fleet,
    nemesis: Nemesis,
    *,
    jobs: int,
    workers: int,
    troubles: Troubles,
    deadline_seconds: float,
) -> tuple[str, ...]:
    """
    Put jobs in and have them worked on until the nemesis is through and so many were taken in.

    Then everything is healed, what is open is drained, and each job is looked at. The jobs that the queue
    took; what was said about each is in the fleet's history. Raises `NoVerdict` where the deadline comes
    first, and whatever broke the nemesis.
    """
    deadline = time.monotonic() + deadline_seconds
    taken: list[str] = []
    waves = itertools.count(nemesis.schedule.seed)
    with nemesis:
        while nemesis.is_playing or len(taken) < jobs:
            if time.monotonic() > deadline:
                fleet.give_up(
                    f"only {len(taken)} of {jobs} jobs were taken in {deadline_seconds:g} s"
                )
                return tuple(taken)
            wave = fleet.enqueue(EACH * workers)
            taken += wave
            # Fewer were taken in than have a fate of their own: they come when the store is back.
            if len(wave) >= len(troubles.fates()):
                fleet.wave(
                    wave,
                    workers=workers,
                    most_seconds=LEASES * fleet.promises.lease_seconds,
                    seed=next(waves),
                    troubles=troubles,
                )
    left = fleet.look(taken, Kind.LAST_LOOK)
    if left:
        fleet.drain(left, workers=workers, deadline_seconds=max(deadline - time.monotonic(), 0))
    return tuple(taken)
