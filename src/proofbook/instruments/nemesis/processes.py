"""Processes that die without a word and come back, or stop and go on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from proofbook.instruments.nemesis.powers import Power

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.instruments.nemesis.powers import Touch
    from proofbook.stack import Controlled

#: A dead one is away this long, at least and at most.
AWAY_SECONDS = (0.05, 0.5)


def killed(name: str, victims: Sequence[Controlled], *, lane: str) -> Power:
    """One of them is ended by SIGKILL, with all that it started, and started again as it was."""

    @contextmanager
    def strike(aim: int) -> Iterator[Touch]:
        victim = victims[aim % len(victims)]
        victim.kill()
        try:
            yield lambda: 1
        finally:
            victim.start()

    least, most = AWAY_SECONDS
    return Power(name=name, lane=lane, strike=strike, least_seconds=least, most_seconds=most)


def frozen(name: str, victims: Sequence[Controlled], *, lane: str, least_seconds: float) -> Power:
    """One of them is stopped by SIGSTOP for at least so long, and goes on as if nothing had been."""

    @contextmanager
    def strike(aim: int) -> Iterator[Touch]:
        victim = victims[aim % len(victims)]
        victim.freeze()
        try:
            yield lambda: 1
        finally:
            victim.thaw()

    most = 1.5 * least_seconds
    return Power(
        name=name, lane=lane, strike=strike, least_seconds=least_seconds, most_seconds=most
    )
