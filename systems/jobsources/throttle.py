"""How many requests of one address one route takes within a while."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from systems.jobsources.limits import Throttle

#: From so many addresses on, those whose while is over are forgotten.
CROWD = 10_000


@dataclass(slots=True)
class Bucket:
    """One route's counts, by address; a while begins with its first request."""

    throttle: Throttle
    _counts: dict[str, tuple[float, int]] = field(default_factory=dict)

    def wait_seconds(self, address: str, *, now: float) -> int:
        """0 where one more request is taken, else the seconds until the next is."""
        lasts = self.throttle.ttl_ms / 1000
        began, count = self._counts.get(address, (now, 0))
        if now - began >= lasts:
            began, count = now, 0
        if count >= self.throttle.limit:
            return max(1, math.ceil(began + lasts - now))
        self._counts[address] = (began, count + 1)
        if len(self._counts) > CROWD:
            self._counts = {who: it for who, it in self._counts.items() if now - it[0] < lasts}
        return 0
