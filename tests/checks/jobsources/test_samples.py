"""Prometheus' text as the job sources' checks read it."""

from __future__ import annotations

import pytest

from checks.jobsources.samples import samples


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("up 1", {"up": 1}),
        ("up{} 1.5e+02", {"up": 150}),
        ("up\t  1 1767225600000", {"up": 1}),
        ('up{ a="b", } 2', {'up{a="b"}': 2}),
        ('up{a="x} 7 y",b="c"} 2', {'up{a="x} 7 y",b="c"}': 2}),
        ("# HELP up 1", {}),
        ("", {}),
    ],
)
def test_a_sample_is_read_however_it_is_laid_out(line: str, read: dict[str, float]) -> None:
    """What the text format leaves to its writer changes nothing."""
    assert samples(f"{line}\n") == read
