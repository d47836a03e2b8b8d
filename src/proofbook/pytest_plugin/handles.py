"""The claim handles of the checks that run in this process, one for each try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.claims import RESERVED
from proofbook.handle import ClaimHandle
from proofbook.scaling import scale_of

if TYPE_CHECKING:
    import pytest

    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.collecting import Collection


class Handles:
    """Gives a check its claim; the same for all its fixtures, a fresh one when it is tried again."""

    def __init__(self, awake: Awake, collection: Collection) -> None:
        self._awake = awake
        self._collection = collection
        self._held: dict[pytest.Item, ClaimHandle] = {}

    def of(self, item: pytest.Item) -> ClaimHandle | None:
        """The handle of a check; `None` for a test that is none."""
        if item in self._held:
            return self._held[item]
        if item not in self._collection.checks:
            return None
        claim = self._awake.claims[self._collection.checks[item][0]]
        handle = ClaimHandle(claim, scale_of(claim, self._awake.target.scale))
        self._held[item] = handle
        return handle

    def used(self, item: pytest.Item) -> ClaimHandle | None:
        """The handle of a check that asked for it, or whose claim states values; else `None`."""
        if item not in self._held:
            values = self._awake.claims[self._collection.checks[item][0]].values
            if all(value.name in RESERVED for value in values):
                return None
        return self.of(item)

    def drop(self, item: pytest.Item) -> None:
        """Forget the handle of a try that is over."""
        self._held.pop(item, None)
