"""What a session keeps to its end is no garbage: nobody needs to look through it for any."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


class Garbage:
    """
    Keeps the garbage collector away from what was collected, and at the end from the reports.

    With 10,000 checks that look takes longer than all that this plugin does for them.
    """

    def __init__(self, config: pytest.Config) -> None:
        # A fork's parent may have frozen what it shares: that stays so.
        if gc.get_freeze_count() == 0:
            config.add_cleanup(gc.unfreeze)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Items live until the session ends."""
        was_on = gc.isenabled()
        gc.disable()
        try:
            return (yield)
        finally:
            gc.freeze()
            if was_on:
                gc.enable()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Pytest has just looked for garbage, and will once more: what is left now is none."""
        gc.freeze()
