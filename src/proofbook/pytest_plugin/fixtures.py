"""The fixtures that every check may name: `claim`, `target`, `stack` and `seed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import ClaimError

if TYPE_CHECKING:
    from proofbook.handle import ClaimHandle
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.handles import Handles
    from proofbook.pytest_plugin.places import Place
    from proofbook.stack import Stack
    from proofbook.targets import Target


class Fixtures:
    """Registered as a plugin: pytest finds fixtures among its methods."""

    def __init__(self, awake: Awake, place: Place, handles: Handles) -> None:
        self._awake = awake
        self._place = place
        self._handles = handles
        self._item: pytest.Item | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Know which test it is without the `request` fixture, which costs more than the rest."""
        self._item = item

    @pytest.fixture
    def claim(self) -> ClaimHandle:
        """The claim that this check holds: `claim["jobs"]`, `claim.expect(p95=…)`, `claim.require(…)`."""
        item = self._item
        found = self._handles.of(item) if item else None
        if found is None:
            name = item.nodeid if item else "this"
            raise ClaimError(f'{name} is no check; mark it @pytest.mark.claim("its.id")')
        return found

    @pytest.fixture(scope="session")
    def target(self) -> Target:
        """The target as its file describes it; nothing in it is resolved."""
        return self._awake.target

    @pytest.fixture(scope="session")
    def stack(self) -> Stack:
        """All that runs here: twins of the target's systems, made on demand, private to this process."""
        return self._place.stack

    @pytest.fixture(scope="session")
    def seed(self) -> int:
        """What random schedules start from; `--seed` repeats it, and every run prints it."""
        return self._awake.seed
