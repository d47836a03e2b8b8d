"""The fixtures that every check may name: `claim`, `target`, `stack` and `seed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import ClaimError
from proofbook.pytest_plugin.awake import STATE
from proofbook.pytest_plugin.handles import HANDLES
from proofbook.pytest_plugin.places import PLACE

if TYPE_CHECKING:
    from proofbook.handle import ClaimHandle
    from proofbook.stack import Stack
    from proofbook.targets import Target


@pytest.fixture
def claim(request: pytest.FixtureRequest) -> ClaimHandle:
    """The claim that this check holds: `claim["jobs"]`, `claim.expect(p95=…)`, `claim.require(…)`."""
    found = request.config.stash[HANDLES].of(request.node)
    if found is None:
        raise ClaimError(f'{request.node.nodeid} is no check; mark it @pytest.mark.claim("its.id")')
    return found


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Target:
    """The target as its file describes it; nothing in it is resolved."""
    return pytestconfig.stash[STATE].target


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Stack:
    """All that runs here: twins of the target's systems, started on demand, private to this process."""
    return pytestconfig.stash[PLACE].stack


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """What random schedules start from; `--seed` repeats it, and every run prints it."""
    return pytestconfig.stash[STATE].seed
