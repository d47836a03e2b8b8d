"""Durations and quantities with their units."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.targets.quantities import duration, quantity


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20 s", 20), ("20s", 20), ("1.5 min", 90), ("250 ms", 0.25), ("92 d", 92 * 86400)],
)
def test_a_duration_has_a_unit(text: str, seconds: float) -> None:
    """From milliseconds to weeks, whole or not, with or without a space."""
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["20", "20 sec", "-1 s", "0 s", "s", "", "1e3 s", "1 200 s", "9999 w"]
)
def test_what_is_no_duration_is_none(text: str) -> None:
    """No unit, an unknown one, nothing or less, or more than a century."""
    assert duration(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7.0),
        ("5 %", 0.05),
        ("2 s", 2.0),
        ("1 KiB", 1024.0),
        ("200 req/s", 200.0),
        ("-1.5", -1.5),
    ],
)
def test_a_quantity_is_in_base_units(text: str, number: float) -> None:
    """Fractions, seconds, bytes, requests a second."""
    assert quantity(text) == pytest.approx(number)


@given(st.text())
def test_arbitrary_text_is_a_quantity_or_none(text: str) -> None:
    """No text makes either stumble, and every duration is a quantity in seconds."""
    span = duration(text)

    assert span is None or quantity(text) == pytest.approx(span.total_seconds(), abs=1e-6)
