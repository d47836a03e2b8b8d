"""Which checks begin first: those that mostly wait, so that all else runs meanwhile."""

from __future__ import annotations

import pytest

MARK = "waits"


class Order:
    """Puts the longest waits first, with other checks between them for the workers that they leave."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Of all that was collected, whichever system it is of; what else has a say comes after."""
        long = sorted(filter(_seconds, items), key=_seconds, reverse=True)
        rest = [item for item in items if not _seconds(item)]
        beside = [item for pair in zip(long, rest, strict=False) for item in pair]
        taken = len(beside) // 2
        items[:] = [*beside, *long[taken:], *rest[taken:]]


def _seconds(item: pytest.Item) -> float:
    """About how long a check waits, as its mark says; 0 without one."""
    mark = item.get_closest_marker(MARK)
    return float(mark.args[0]) if mark and mark.args else 0.0
