"""Any JSON string in a text column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.chassis.text import restored, storable, stored


@given(st.text(st.characters()))
def test_every_string_comes_back(text: str) -> None:
    """U+0000, lone surrogates and the mark itself included."""
    assert restored(stored(text)) == text


@given(st.text(st.characters()))
def test_what_is_stored_can_be_stored(text: str) -> None:
    """It has no U+0000, and it is UTF-8."""
    assert "\x00" not in stored(text).encode().decode()


@given(st.lists(st.none() | st.integers() | st.text(st.characters())))
def test_lists_are_stored_string_by_string(values: list[str | int | None]) -> None:
    """Whatever stands beside a string."""
    assert storable(values) == [stored(v) if isinstance(v, str) else v for v in values]


@pytest.mark.parametrize("text", ["", "plain", 'quote "', "back\\slash", "\u2028😀"])
def test_what_can_be_stored_is_left_alone(text: str) -> None:
    """A person who reads the table sees what was sent."""
    assert stored(text) == text
