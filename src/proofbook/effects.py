"""
What a check does to its target, from looking to breaking, and how a fixture says so.

A fixture of `checks/` declares its effect *under* `@pytest.fixture`:

    @pytest.fixture
    @disrupts
    def lost_worker(stack): ...
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., object]")

_DECLARED = "__proofbook_effect__"
_MISPLACED = "__proofbook_effect_misplaced__"


class Effect(IntEnum):
    """The four effects, in order: a target that permits one permits all before it."""

    OBSERVES = 0
    #: Writes test data and removes it.
    EXERCISES = 1
    #: Sends traffic.
    LOADS = 2
    #: Kills, freezes, restores.
    DISRUPTS = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> Effect:
        """The effect that `word` names, in lower case; `KeyError` when none is."""
        return cls[word.upper()] if word.islower() else cls[""]


def observes(function: _F) -> _F:
    """Declare that a fixture only looks."""
    return _declare(function, Effect.OBSERVES)


def exercises(function: _F) -> _F:
    """Declare that a fixture writes test data and removes it."""
    return _declare(function, Effect.EXERCISES)


def loads(function: _F) -> _F:
    """Declare that a fixture sends traffic."""
    return _declare(function, Effect.LOADS)


def disrupts(function: _F) -> _F:
    """Declare that a fixture kills, freezes or restores."""
    return _declare(function, Effect.DISRUPTS)


def effect_of(function: object) -> Effect | None:
    """The effect that a fixture's function declares; `None` if it declares none."""
    declared = getattr(function, _DECLARED, None)
    return declared if isinstance(declared, Effect) else None


def misplaced_effect_of(function: object) -> Effect | None:
    """The effect declared *above* `@pytest.fixture`, where it goes unseen; `None` without one."""
    misplaced = getattr(function, _MISPLACED, None)
    return misplaced if isinstance(misplaced, Effect) else None


def _declare(function: _F, effect: Effect) -> _F:
    """
    Leave the effect where `effect_of` finds it.

    What `@pytest.fixture` returns is no function but wraps one: there the declaration is noted as
    misplaced, so that collection can report it with all else that is wrong.
    """
    wrapped = None if hasattr(function, "__code__") else getattr(function, "__wrapped__", None)
    if wrapped is not None:
        setattr(wrapped, _MISPLACED, effect)
        return function
    before = effect_of(function)
    if before not in (None, effect):
        raise TypeError(f"{function!r} declares that it {before} and that it {effect}: keep one")
    setattr(function, _DECLARED, effect)
    return function
