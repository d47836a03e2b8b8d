"""The fixtures that every check may name: `claim`, `target`, `stack`, `seed`, `attach`, `alerts`."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from proofbook.pytest_plugin.attachments import Attachments
from proofbook.pytest_plugin.rulebooks import sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.alerts import Sheet
    from proofbook.attaching import Attach
    from proofbook.handle import ClaimHandle
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.handles import Handles
    from proofbook.pytest_plugin.keeping import Keeping
    from proofbook.pytest_plugin.places import Place
    from proofbook.stack import Stack, Twin
    from proofbook.targets import Target


def fixtures(awake: Awake, place: Place, handles: Handles, keeping: Keeping) -> ModuleType:
    """
    To be registered as a plugin: pytest finds fixtures among its attributes.

    Functions, since pytest is giving up session-wide fixtures that are methods; and without the
    `request` fixture, which costs more than all the rest.
    """

    @pytest.fixture
    def claim() -> ClaimHandle:
        """The claim that this check holds: `claim["jobs"]`, `claim.expect(p95=…)`, `claim.require(…)`."""
        return handles.current()

    @pytest.fixture(scope="session")
    def target() -> Target:
        """The target as its file describes it; nothing in it is resolved."""
        return awake.target

    @pytest.fixture(scope="session")
    def stack() -> Stack:
        """All that runs here: twins of the target's systems, made on demand, private to this process."""
        return place.stack

    @pytest.fixture(scope="session")
    def seed() -> int:
        """What random schedules start from; `--seed` repeats it, and every run prints it."""
        return awake.seed

    @pytest.fixture
    def attach() -> Attach:
        """Keeps a text beside the run: `attach("timeline.svg", drawn)`; gives the path of its file."""
        return Attachments(awake, place, handles, keeping)

    @pytest.fixture(scope="session")
    def alerts() -> Callable[[Twin], Sheet]:
        """The alerts that the claims of a twin's system make: `alerts(twin).rules()`."""
        return partial(sheet, awake)

    made = {
        "claim": claim,
        "target": target,
        "stack": stack,
        "seed": seed,
        "attach": attach,
        "alerts": alerts,
    }
    plugin = ModuleType("proofbook_fixtures", fixtures.__doc__)
    vars(plugin).update(made)
    return plugin
