"""Effects: their order, their names, and how a fixture declares one."""

from __future__ import annotations

import pytest

from proofbook import disrupts, exercises, loads, observes
from proofbook.effects import Effect, effect_of, misplaced_effect_of


def test_effects_grow_from_looking_to_breaking() -> None:
    """A target that permits one permits all before it."""
    assert [str(effect) for effect in sorted(Effect)] == [
        "observes",
        "exercises",
        "loads",
        "disrupts",
    ]


@pytest.mark.parametrize("word", ["Observes", "LOADS", "", "breaks"])
def test_an_effect_is_named_in_lower_case(word: str) -> None:
    """Anything else is no effect."""
    with pytest.raises(KeyError):
        Effect.named(word)


@pytest.mark.parametrize("effect", Effect)
def test_an_effect_has_its_name(effect: Effect) -> None:
    """Text and back."""
    assert Effect.named(str(effect)) is effect


@pytest.mark.parametrize(
    ("declare", "effect"),
    [
        (observes, Effect.OBSERVES),
        (exercises, Effect.EXERCISES),
        (loads, Effect.LOADS),
        (disrupts, Effect.DISRUPTS),
    ],
)
def test_a_decorator_declares_its_effect(declare: object, effect: Effect) -> None:
    """The function stays what it is."""

    def queue() -> None: ...

    assert callable(declare)
    assert declare(queue) is queue
    assert effect_of(queue) is effect


def test_a_function_without_a_declaration_has_none() -> None:
    """Not even `observes`: what nobody declared is not known."""
    assert effect_of(lambda: None) is None
    assert effect_of(None) is None


def test_one_fixture_has_one_effect() -> None:
    """Two declarations leave open which is meant."""

    @observes
    def queue() -> None: ...

    with pytest.raises(TypeError, match="declares that it observes and that it loads: keep one"):
        loads(queue)


def test_a_declaration_above_the_fixture_is_noted_as_misplaced() -> None:
    """Pytest hides the function there; collection tells of it."""

    def queue() -> None: ...

    fixture = pytest.fixture(queue)

    assert disrupts(fixture) is fixture
    assert effect_of(queue) is None
    assert misplaced_effect_of(queue) is Effect.DISRUPTS
