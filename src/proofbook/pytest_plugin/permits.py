"""What a check may do here: refused before its set-up, and again at the set-up of each fixture."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.effects import Effect, effect_of
from proofbook.errors import NotAsked, ProofbookError, WrongPlace
from proofbook.instruments.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.handles import Handles
    from proofbook.pytest_plugin.places import Place


_NO_CHECK = (None, Effect.OBSERVES)


class Permits:
    """Holds every check to the effect that its target permits, and to the place that it names."""

    def __init__(
        self, awake: Awake, place: Place, collection: Collection, handles: Handles
    ) -> None:
        self._awake = awake
        self._place = place
        self._collection = collection
        self._handles = handles
        self._guard = ExitStack()
        self._is_guarded = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Refuse a check whose fixtures, by name, do more than the target permits."""
        claim, effect = self._collection.checks.get(item, _NO_CHECK)
        self._handles.begin(item, claim)
        if claim is None:
            self._open_up()
            return
        self._guard_checks()
        if effect:
            self.allow(effect, item.session)

    def pytest_sessionfinish(self) -> None:
        """What comes after the checks may reach what it wants."""
        self._open_up()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Look at each fixture too, where anything may be refused."""
        if not self._collection.checks:
            return
        target = self._awake.target
        if target.allowed < max(Effect) or target.identity is not None:
            session.config.pluginmanager.register(_Fixtures(self.allow))

    def _guard_checks(self) -> None:
        """While checks and their fixtures run, nothing is reached that the target does not name."""
        if not self._is_guarded:
            self._guard.enter_context(Guard(self._place.addresses, target=self._awake.target.path))
            self._is_guarded = True

    def _open_up(self) -> None:
        if self._is_guarded:
            self._guard.close()
            self._is_guarded = False

    def allow(self, effect: Effect, session: pytest.Session) -> None:
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


class _Fixtures:
    """Refuses a fixture that a check asked for while it ran."""

    def __init__(self, allow: Callable[[Effect, pytest.Session], None]) -> None:
        self._allow = allow

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> None:
        """Raise what `allow` raises."""
        effect = effect_of(fixturedef.func)
        if not effect:
            return
        try:
            self._allow(effect, request.session)
        except ProofbookError as error:
            # A fixture without a result is one that was never set up: pytest would assert that.
            fixturedef.cached_result = (None, fixturedef.cache_key(request), (error, None))
            raise
