"""What one load run is going to do, said before it begins."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How requests may be spread over time: evenly, or as independent people do (Poisson).
ARRIVALS = ("constant", "poisson")
#: So many seconds of arrivals come first and do not count.
WARM_UP = 2.0
#: Nobody waits longer for an answer, in seconds.
PATIENCE = 5.0
#: So many connections are open at most.
CONNECTIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How hard, how long and how evenly; all times in seconds."""

    rate: float
    #: Of what is measured; 0: until it is stopped.
    seconds: float
    arrivals: str = "constant"
    warm_up: float = WARM_UP
    patience: float = PATIENCE
    connections: int = CONNECTIONS
    seed: int = 1

    @property
    def whole(self) -> float:
        """How long arrivals come, the warm-up counted."""
        return self.warm_up + self.seconds

    def words(self) -> list[str]:
        """The arguments by which a profile is told it."""
        said = {
            "rate": self.rate,
            "seconds": self.seconds,
            "arrivals": self.arrivals,
            "warm-up": self.warm_up,
            "patience": self.patience,
            "connections": self.connections,
            "seed": self.seed,
        }
        return [f"--{name}={value}" for name, value in said.items()]

    def due(self, *, index: int = 0, of: int = 1) -> Iterator[float]:
        """When each request of the generator `index` of several is due, from its first; without end."""
        if self.arrivals == "constant":
            for number in count():
                yield (number * of + index) / self.rate
        chance = random.Random(self.seed * 1009 + index)  # noqa: S311 - a schedule wants replay, not secrecy
        at = 0.0
        while True:
            at += chance.expovariate(self.rate / of)
            yield at
