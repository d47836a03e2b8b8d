"""What the threads of one drain know of each other: who holds what, what has ended, when to stop."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofbook.instruments.workers.queue import Lease


class Board:
    """Shared by all workers of a drain; each method is safe in any thread."""

    def __init__(self, jobs: Iterable[str], frozen: Iterable[str]) -> None:
        #: Set when the workers are to finish what they hold and go.
        self.over = threading.Event()
        self.errors: list[BaseException] = []
        #: Jobs of which nobody has heard the end.
        self.open = dict.fromkeys(jobs)
        #: Of each job whose first holder froze: that somebody else has it now ...
        self.passed_on = {job: threading.Event() for job in frozen}
        #: ... and that the frozen one has come back and done its worst.
        self.came_back = {job: threading.Event() for job in self.passed_on}
        #: When a job was last handed out, or the drain began, by the monotonic clock ...
        self.handed_out = time.monotonic()
        #: ... and how many claims have been told since that there is nothing.
        self.empty_since = 0
        #: When the last of them was made: what was to lapse by then has lapsed, and was not handed out.
        self.asked_in_vain = self.handed_out
        #: When the last claim was given up whose answer nobody saw: it may have taken a job.
        self.unanswered = -math.inf

    def taken(self, lease: Lease) -> None:
        """A worker was handed a job."""
        self.handed_out, self.empty_since = time.monotonic(), 0
        if lease.token > 1 and lease.job in self.passed_on:
            self.passed_on[lease.job].set()

    def empty(self, asked: float) -> None:
        """A worker that `asked` at that instant was told that there is nothing."""
        self.empty_since += 1
        self.asked_in_vain = max(self.asked_in_vain, asked)

    def unknown(self) -> None:
        """A worker was told nothing at all."""
        self.unanswered = time.monotonic()

    def is_quiet(self, seconds: float, *, lapse_seconds: float) -> bool:
        """
        Whether somebody has asked in vain so long after a job was handed out, and none can be held unseen.

        That so much time has passed would not do: the suite itself may have stood still all the while.
        """
        since_unseen = self.asked_in_vain - self.unanswered
        return self.asked_in_vain - self.handed_out > seconds and since_unseen > lapse_seconds

    def ended(self, job: str) -> None:
        """A job is known to have ended."""
        self.open.pop(job, None)

    def broke(self, error: BaseException) -> None:
        """A thread cannot go on: nobody shall."""
        self.errors.append(error)
        self.stop()

    def stop(self) -> None:
        """Let everybody finish: idle ones now, frozen ones wake."""
        self.over.set()
        for event in self.passed_on.values():
            event.set()

    def raise_errors(self) -> None:
        """Raise what broke a thread; all of it, if several broke."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise BaseExceptionGroup("several workers broke", self.errors)
