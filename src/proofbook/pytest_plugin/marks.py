"""The marks of many tests at once: each test's own are read, and those of what it stands in only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


def marked(items: Iterable[pytest.Item], name: str) -> dict[pytest.Item, list[pytest.Mark]]:
    """Those of the tests that bear a mark of this name, in their order, each with all of them, the nearest first."""
    above: dict[pytest.Collector | None, list[pytest.Mark]] = {}
    found: dict[pytest.Item, list[pytest.Mark]] = {}
    for item in items:
        parent = item.parent
        if parent not in above:
            above[parent] = list(parent.iter_markers(name)) if parent else []
        marks = [mark for mark in item.own_markers if mark.name == name] + above[parent]
        if marks:
            found[item] = marks
    return found
