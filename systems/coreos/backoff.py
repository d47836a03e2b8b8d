"""How long a failed job waits for its next attempt."""

from __future__ import annotations

from hashlib import sha256

JITTER_MS = 3000
#: 2^63 ms is beyond every bound; no larger power is worth computing.
LARGEST_POWER = 63


def backoff_ms(job_id: str, attempt: int, longest_ms: int) -> int:
    """Twice as long after each attempt, spread by up to 3 s in a way that each job can foretell, bounded."""
    steps = min(1000 * (1 << min(attempt, LARGEST_POWER)), longest_ms)
    spread = sha256(f"{job_id}:{attempt}".encode("utf-8", "surrogatepass")).digest()[:2]
    return min(steps + int.from_bytes(spread, "big") % JITTER_MS, longest_ms)
