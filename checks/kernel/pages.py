"""
Both pages that say whether a Kernel is well, watched until they say what is waited for.

    pages = seen(kernel, lambda pages: pages.are_well, timedelta(seconds=10))
    pages.seconds, pages.slowest
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.kernel.replies import UNANSWERED
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from checks.kernel.adapter import Kernel
    from checks.kernel.replies import Reply
    from proofbook.instruments.lateness import Lateness

#: A page that takes longer is told apart from one that does not answer.
PATIENCE_SECONDS = 5
#: So much longer than is promised is waited, to see how much later it came.
GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Pages:
    """Both pages as they were at one instant."""

    health: Reply
    ready: Reply
    #: Since they were first looked at.
    seconds: float
    #: How long the slowest answer took since then.
    slowest: float

    @property
    def are_well(self) -> bool:
        """Whether both say that all is well."""
        health, ready = self.health, self.ready
        said = (health.status, health.body.get("status"), ready.status, ready.body.get("status"))
        return said == (200, "ok", 200, "ready")

    def may_be_late_for(self, lateness: Lateness, patience: timedelta, answer: timedelta) -> bool:
        """Whether they came too late, or an answer took too long, and that for the suite's own lateness."""
        times = ((self.seconds, patience), (self.slowest, answer))
        return any(lateness.may_explain(took, most.total_seconds()) for took, most in times)


def seen(kernel: Kernel, accept: Callable[[Pages], bool], patience: timedelta) -> Pages:
    """Both pages once they are accepted, or when a bound and the grace beyond it are over."""
    began = time.monotonic()
    slowest = 0.0

    def look() -> Pages:
        nonlocal slowest
        health = kernel.health(timeout=PATIENCE_SECONDS, unanswered=True)
        ready = kernel.ready(timeout=PATIENCE_SECONDS, unanswered=True)
        slowest = max(slowest, *map(_took, (health, ready)))
        return Pages(health, ready, time.monotonic() - began, slowest)

    return until(look, accept, patience.total_seconds() + GRACE_SECONDS)


def _took(page: Reply) -> float:
    """How long a page took; for ever, if it did not answer."""
    return float("inf") if page.status == UNANSWERED else page.seconds
