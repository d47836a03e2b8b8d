"""What a session keeps to its end is no garbage: nobody needs to look through it for any."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

#: After so many tests their reports are a heap of their own.
_TESTS = 500
#: The young are looked through after so many: most of what a test makes is gone by then.
_YOUNG = 10_000


class Garbage:
    """
    Keeps the garbage collector away from what was collected, and from the reports of tests that are over.

    Pytest holds both to the end. With 10,000 checks looking through them, again and again, takes longer than
    all that this plugin does for them. What was garbage by then, and was not found young, stays till the end.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._tests = 0
        self._threshold = gc.get_threshold()
        # A fork's parent may have frozen what it shares: that stays so.
        if gc.get_freeze_count() == 0:
            config.add_cleanup(gc.unfreeze)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Items live until the session ends."""
        was_on = gc.isenabled()
        gc.set_threshold(_YOUNG, *self._threshold[1:])
        gc.disable()
        try:
            return (yield)
        finally:
            gc.freeze()
            if was_on:
                gc.enable()

    def pytest_runtest_logfinish(self) -> None:
        """A test is over, here or on a worker."""
        self._tests += 1
        if self._tests % _TESTS == 0:
            gc.collect(1)
            gc.freeze()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Pytest has just looked for garbage, and will once more: what is left now is none."""
        gc.freeze()
        gc.set_threshold(*self._threshold)
