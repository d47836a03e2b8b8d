"""The parts of the plugin that a process needs, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.pytest_plugin.alone import Alone
from proofbook.pytest_plugin.awake import Role, wake
from proofbook.pytest_plugin.collecting import Collection
from proofbook.pytest_plugin.ending import Ending
from proofbook.pytest_plugin.fixtures import fixtures
from proofbook.pytest_plugin.garbage import Garbage
from proofbook.pytest_plugin.handles import Handles
from proofbook.pytest_plugin.keeping import Keeping
from proofbook.pytest_plugin.ledger import Ledger
from proofbook.pytest_plugin.loading import loading
from proofbook.pytest_plugin.nodes import Controller
from proofbook.pytest_plugin.order import Order
from proofbook.pytest_plugin.outcomes import Outcomes
from proofbook.pytest_plugin.permits import Permits
from proofbook.pytest_plugin.places import Place
from proofbook.pytest_plugin.scribe import Scribe
from proofbook.pytest_plugin.showing import Showing

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def register(config: pytest.Config, root: Path) -> None:
    """Every process collects and judges; one writes the run; a controller of xdist leads its workers."""
    awake = wake(config, root)
    place, collection = Place(awake), Collection(awake)
    keeping = Keeping(awake, place)
    handles = Handles(awake, keeping)
    alone = Alone(collection, root)
    parts: list[object] = [
        fixtures(awake, place, handles, keeping),
        loading(awake, place, alone),
        place,
        Garbage(config),
        collection,
        Order(),
        alone,
        Permits(awake, place, collection, handles),
        Outcomes(place, collection, handles, keeping),
    ]
    if awake.writes:
        scribe = Scribe(awake, collection)
        ledger = Ledger(collection, config, scribe)
        ending = Ending(awake, place, collection, ledger, scribe)
        parts += [ledger, ending, Showing(awake, ending)]
    if awake.role is Role.CONTROLLER:
        parts.append(Controller(awake, collection))
    for part in parts:
        config.pluginmanager.register(part)
    place.hide_key()
