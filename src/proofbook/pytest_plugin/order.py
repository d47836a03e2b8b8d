"""Which checks begin first: those that mostly wait, so that all else runs meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.pytest_plugin.marks import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "waits"


class Order:
    """Puts the longest waits first, with other checks between them for the workers that they leave."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Of all that was collected, whichever system it is of; what else has a say comes after."""
        waits = {item: _seconds(marks) for item, marks in marked(items, MARK).items()}
        long = sorted(filter(waits.get, items), key=waits.__getitem__, reverse=True)
        if not long:
            return
        rest = [item for item in items if not waits.get(item)]
        beside = [item for pair in zip(long, rest, strict=False) for item in pair]
        taken = len(beside) // 2
        items[:] = [*beside, *long[taken:], *rest[taken:]]


def _seconds(marks: Sequence[pytest.Mark]) -> float:
    """About how long a check waits, as its nearest mark says; 0 where that says nothing."""
    return float(marks[0].args[0]) if marks[0].args else 0.0
