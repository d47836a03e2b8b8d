"""What a check may do here: refused before its set-up, and again at the set-up of each fixture."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.effects import effect_of
from proofbook.errors import NotAsked, ProofbookError, WrongPlace
from proofbook.instruments.guard import Guard
from proofbook.pytest_plugin.findings import mark_set_up

if TYPE_CHECKING:
    from collections.abc import Generator

    from proofbook.effects import Effect
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.places import Place


class Permits:
    """Holds every check to the effect that its target permits, and to the place that it names."""

    def __init__(self, awake: Awake, place: Place, collection: Collection) -> None:
        self._awake = awake
        self._place = place
        self._collection = collection

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """While a check and its fixtures run, nothing is reached that the target does not name."""
        if item not in self._collection.checks:
            return (yield)
        with self._guard:
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Refuse a check whose fixtures, by name, do more than the target permits."""
        _, effect = self._collection.checks.get(item, ("", None))
        if effect:
            self._allow(effect, item.session)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: Any, request: Any
    ) -> Generator[None, object, object]:
        """Refuse a fixture that a check asked for while it ran; tell its failures from the check's."""
        effect = effect_of(fixturedef.func)
        try:
            if effect:
                self._allow(effect, request.session)
        except ProofbookError as error:
            # A fixture without a result is one that was never set up: pytest would assert that.
            fixturedef.cached_result = (None, fixturedef.cache_key(request), (error, None))
            raise
        try:
            return (yield)
        except Exception as error:
            mark_set_up(error)
            raise

    @cached_property
    def _guard(self) -> Guard:
        return Guard(self._place.addresses, target=self._awake.target.path)

    def _allow(self, effect: Effect, session: pytest.Session) -> None:
        """Raise `NotAsked` if the target permits less, `WrongPlace` if it is not the one meant."""
        target = self._awake.target
        if effect > target.allowed:
            if target.protected:
                raise NotAsked(
                    f"{target.path} is protected: it permits observes; this check {effect}"
                )
            raise NotAsked(
                f"{target.path} permits {target.permits}; this check {effect}",
                remedy=f'write permits = "{effect}" in {target.path}, if that may be done there',
            )
        try:
            self._place.identify()
        except WrongPlace as error:
            session.shouldstop = str(error)
            raise
