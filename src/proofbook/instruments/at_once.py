"""Calls that are let go at the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def at_once(*calls: Callable[[], _T]) -> list[_T]:
    """What each call returns, in order; none starts before all are ready."""
    barrier = Barrier(len(calls))

    def go(call: Callable[[], _T]) -> _T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(go, calls))
