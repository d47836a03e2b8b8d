"""Replies with the time that they took, to be told apart from those that only came one after the other."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from checks.jobsources.replies import Reply


@dataclass(frozen=True, slots=True)
class Timed:
    """A reply, and between which instants of the monotonic clock it was awaited."""

    reply: Reply
    began: float
    ended: float


def timed(ask: Callable[[], Reply]) -> Timed:
    """What asking gives, and when."""
    began = time.monotonic()
    return Timed(ask(), began, time.monotonic())


def overlapped(answers: Iterable[Timed]) -> bool:
    """Whether two of them were awaited at the same time."""
    ordered = sorted(answers, key=lambda answer: answer.began)
    return any(later.began < earlier.ended for earlier, later in pairwise(ordered))
