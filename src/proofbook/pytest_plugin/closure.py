"""The fixtures of a test and what they do: the one place here that knows pytest's own tables."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _pytest.fixtures import FixtureFunctionDefinition

from proofbook.effects import Effect, effect_of, misplaced_effect_of
from proofbook.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

_DECORATORS = "@observes, @exercises, @loads or @disrupts (from proofbook)"


def effect(item: pytest.Item) -> Effect:
    """The strongest effect of the fixtures that a test names, directly or through others."""
    strongest = effect_of(getattr(item, "function", None)) or Effect.OBSERVES
    for definition in _closure(item):
        declared = effect_of(definition.func)
        if declared is not None and declared > strongest:
            strongest = declared
    return strongest


def shared(item: pytest.Item) -> object:
    """Something that the cases of one function share, who therefore have the same fixtures."""
    return id(getattr(item, "_fixtureinfo", item))


def asks_directly(item: pytest.Item, name: str) -> bool:
    """Whether the test function itself names a fixture."""
    info = getattr(item, "_fixtureinfo", None)
    return info is not None and name in info.argnames


def problems(session: pytest.Session, checks: Path, root: Path) -> Iterator[Problem]:
    """Every fixture defined in `checks/` that does not say what it does to the target."""
    for definition in _definitions(session):
        function = definition._get_wrapped_function()  # noqa: SLF001 - pytest has no public way to a fixture's function
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is None or effect_of(function) is not None:
            continue
        path = Path(code.co_filename)
        if path.is_relative_to(checks):
            place = Place(path.relative_to(root).as_posix(), code.co_firstlineno)
            yield Problem(place, _undeclared(definition.name, function))


def _undeclared(name: str, function: object) -> str:
    misplaced = misplaced_effect_of(function)
    if misplaced is not None:
        return (
            f"the fixture '{name}' has @{misplaced} above @pytest.fixture, where pytest hides it; "
            "write it directly under @pytest.fixture"
        )
    return (
        f"the fixture '{name}' does not say what it does to the target; "
        f"write one of {_DECORATORS} directly under @pytest.fixture"
    )


def _definitions(session: pytest.Session) -> Iterator[FixtureFunctionDefinition]:
    """What stands as a fixture in a conftest, a test module or a test class of this session."""
    spaces = {id(plugin): plugin for plugin in session.config.pluginmanager.get_plugins()}
    for item in {item.parent: item for item in session.items}.values():
        for space in (getattr(item, "module", None), getattr(item, "cls", None)):
            spaces[id(space)] = space
    for space in spaces.values():
        if inspect.ismodule(space) or inspect.isclass(space):
            yield from (v for v in vars(space).values() if isinstance(v, FixtureFunctionDefinition))


def _closure(item: pytest.Item) -> Iterator[Any]:
    """The definitions that will be used: of one name the last, and those that it overrides and asks."""
    info = getattr(item, "_fixtureinfo", None)
    for name, definitions in info.name2fixturedefs.items() if info else ():
        for definition in reversed(definitions):
            yield definition
            if name not in definition.argnames:
                break
