"""Text as it is kept, on the contract's vectors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.marketplace import texts
from tests.systems.marketplace.contract import cases


@pytest.mark.parametrize("case", cases("sanitize_text", "must"), ids=lambda case: case["in"])
def test_a_title_is_plain(case: dict[str, Any]) -> None:
    """Trimmed, its tags and quotes escaped."""
    assert texts.plain(case["in"], texts.TITLE) == case["out"]


@pytest.mark.parametrize(
    "case", cases("sanitize_string_array", "must"), ids=lambda case: case["in"][0]
)
def test_skills_are_named_once(case: dict[str, Any]) -> None:
    """Each cut at its length."""
    assert texts.skills(case["in"]) == case["out"]


def test_skills_are_fifty_at_most() -> None:
    """The first of them."""
    assert texts.skills(str(n) for n in range(60)) == [str(n) for n in range(50)]


@pytest.mark.parametrize(
    "case", cases("job_description_pipeline", "must"), ids=lambda case: case["in"]
)
def test_a_description_keeps_its_quotes(case: dict[str, Any]) -> None:
    """And loses its tags."""
    assert texts.description(case["in"]) == case["out"]


@given(st.text(), st.integers(1, 9))
def test_no_tag_survives(text: str, longest: int) -> None:
    """Whatever is sent; and a text is cut before its signs are written longer."""
    for kept in (texts.plain(text, longest), texts.description(text)):
        assert not {"<", ">"} & set(kept)
    assert len(texts.plain(text, longest)) <= longest * len("&quot;")
