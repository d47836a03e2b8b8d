"""Reading settings: all problems at once, none with a value."""

from __future__ import annotations

import pytest

from systems.chassis.settings import Misconfigured, Reader, integer


def test_all_problems_are_told_at_once() -> None:
    """Missing ones, then malformed ones, each by name."""
    reader = Reader({"BLANK": "  ", "BAD": "hush", "ODD": "7"})

    reader.required("ABSENT", str)
    reader.required("BLANK", str)
    reader.required("BAD", int)
    reader.optional("ODD", integer(10, 20), 15)
    reader.refuse("ODD")

    with pytest.raises(Misconfigured) as told:
        reader.check()
    assert told.value.warnings == (
        "Missing env: ABSENT",
        "Missing env: BLANK",
        "Invalid env: BAD",
        "Invalid env: ODD",
    )
    assert "hush" not in str(told.value)


def test_a_good_environment_gives_its_values() -> None:
    """Parsed, or the default where nothing or blank is said."""
    reader = Reader({"A": " 12 ", "B": ""})

    assert reader.required("A", integer(0, 12)) == 12
    assert reader.optional("B", integer(0, 1), 1) == 1
    reader.check()


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "13", "٣", "1e1"])
def test_an_integer_is_plain_digits_within_bounds(text: str) -> None:
    """Nothing else counts."""
    with pytest.raises(ValueError, match="an integer from 0 to 12 is wanted"):
        integer(0, 12)(text)
