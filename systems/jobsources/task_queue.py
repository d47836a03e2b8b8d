"""
A line of tasks in memory: a few run, some wait, no more is taken.

A place is promised before anything else is done for a task, and filled or withdrawn after: so a task that is turned
away has left no trace.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from systems.jobsources.worker_settings import QueueLimits

Work = Callable[[], Awaitable[None]]
log = logging.getLogger("systems.jobsources")


class TaskQueue:
    """First in, first out."""

    def __init__(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._promised = 0
        self._waiting: deque[Work] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._is_closing = False

    def numbers(self) -> dict[str, int]:
        """What health shows."""
        return {
            "queued": len(self._waiting),
            "active": len(self._running),
            "maxConcurrent": self._limits.concurrent,
            "maxQueueSize": self._limits.size,
            "taskTimeoutMs": self._limits.timeout_ms,
        }

    def promise(self) -> bool:
        """Keep a place for one more task, if there is one."""
        taken = self._promised + len(self._waiting) + len(self._running)
        if self._is_closing or taken >= self._limits.concurrent + self._limits.size:
            return False
        self._promised += 1
        return True

    def withdraw(self) -> None:
        """Give a promised place back."""
        self._promised -= 1

    def add(self, work: Work) -> None:
        """Fill a promised place: the work is done when its turn comes."""
        self._promised -= 1
        self._waiting.append(work)
        self._fill()

    async def close(self) -> None:
        """Take nothing more; let all that is here come to its end, at once."""
        self._is_closing = True
        self._fill()
        while self._running:
            await asyncio.wait(self._running)

    def _fill(self) -> None:
        while self._waiting and (self._is_closing or len(self._running) < self._limits.concurrent):
            task = asyncio.ensure_future(self._done(self._waiting.popleft()))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._fill()

    async def _done(self, work: Work) -> None:
        try:
            await work()
        except Exception:
            log.exception("a task failed")
