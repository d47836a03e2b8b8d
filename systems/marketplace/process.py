"""What this process costs: CPU, memory, and the time that collecting garbage takes."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from systems.marketplace.exposition import single

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from systems.marketplace.exposition import Family

STATM = Path("/proc/self/statm")


class GarbageClock:
    """Measures how long collections take, from when it is made."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0
        gc.callbacks.append(self._heard)

    def stop(self) -> None:
        """Listen no more."""
        gc.callbacks.remove(self._heard)

    def _heard(self, phase: str, _told: Mapping[str, int]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.seconds += time.perf_counter() - self._began


def families(garbage: GarbageClock, limit_bytes: int) -> Iterator[Family]:
    """The process's numbers, as they are now."""
    yield single("process_cpu_seconds_total", "counter", time.process_time())
    yield single("process_cpu_cores", "gauge", len(os.sched_getaffinity(0)))
    yield single("process_resident_memory_bytes", "gauge", resident_bytes())
    yield single("process_memory_limit_bytes", "gauge", limit_bytes)
    yield single("runtime_gc_seconds_total", "counter", garbage.seconds)


def resident_bytes() -> int:
    """How much memory is in use."""
    pages = STATM.read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
