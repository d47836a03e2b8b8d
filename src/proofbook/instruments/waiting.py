"""Wait for a state, with a deadline; never for a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def until(
    look: Callable[[], _T],
    accept: Callable[[_T], object],
    within_seconds: float,
    *,
    every_seconds: float | None = None,
) -> _T:
    """
    Look until what is seen is accepted or time is up; the last thing seen either way.

    Where it is not said how often, seldomer the longer it takes: each look costs the deployment something.
    """
    began = time.monotonic()
    seen = look()
    while not accept(seen) and (waited := time.monotonic() - began) < within_seconds:
        time.sleep(min(max(waited / 50, 0.05), 0.25) if every_seconds is None else every_seconds)
        seen = look()
    return seen


def pause_until(instant: float) -> None:
    """Let time pass up to an instant of the monotonic clock: for claims that are about time."""
    while (left := instant - time.monotonic()) > 0:
        time.sleep(left)
