"""The fixture `load`: a bench that drives the target, alone, within what it bears."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from proofbook.effects import loads
from proofbook.errors import NoVerdict

if TYPE_CHECKING:
    from proofbook.attaching import Attach
    from proofbook.instruments.load import Load
    from proofbook.pytest_plugin.alone import Alone
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.places import Place


def loading(awake: Awake, place: Place, alone: Alone) -> ModuleType:
    """To be registered as a plugin; see `fixtures`."""

    @pytest.fixture
    @loads
    def load(attach: Attach) -> Load:
        """Sends requests until a question is answered: see `proofbook.instruments.load`."""
        from proofbook.instruments.load import Load  # noqa: PLC0415 - most checks do not load

        if alone.is_alone is False:
            raise NoVerdict("other checks did not end, and load is measured alone")
        return Load(awake.target, awake.root, attach, place.stack.read, awake.seed)

    @pytest.fixture
    @loads
    def traffic(attach: Attach) -> Load:
        """The same beside other checks: for shares of good answers, at a rate that disturbs nobody."""
        from proofbook.instruments.load import Load  # noqa: PLC0415 - most checks do not load

        return Load(awake.target, awake.root, attach, place.stack.read, awake.seed)

    plugin = ModuleType("proofbook_load", loading.__doc__)
    vars(plugin).update(load=load, traffic=traffic)
    return plugin
