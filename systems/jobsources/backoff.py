"""How long the worker waits before it sends a callback once more."""

from __future__ import annotations

from dataclasses import dataclass

#: 2^63 ms is beyond every bound; no larger power is worth computing.
LARGEST_POWER = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Twice as long after each attempt, spread by a share of it either way, never beyond the most."""

    base_ms: int
    most_ms: int
    #: The share: 0.2 spreads 1000 ms over 800 to 1200.
    jitter: float

    def delay_ms(self, attempt: int, random: float) -> int:
        """The wait after an attempt, counted from 1; `random` is drawn from 0 to 1."""
        power = min(max(attempt, 1) - 1, LARGEST_POWER)
        plain = min(self.most_ms, self.base_ms << power)
        share = min(max(self.jitter, 0.0), 1.0)
        return min(self.most_ms, int(plain * (1 + share * (2 * random - 1)) + 0.5))
