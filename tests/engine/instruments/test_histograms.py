"""No bucket is missed, and quantiles are what whoever sorts the durations finds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.histograms import Histogram, bucket, histogram, nth
from proofbook.instruments.samples import read

SCRAPE = """\
took_bucket{route="/a",le="0.1"} 1
took_bucket{route="/a",le="0.5"} 2
took_bucket{route="/a",le="+Inf"} 2
took_bucket{route="/b",le="0.1"} 0
took_bucket{route="/b",le="0.5"} 1
took_bucket{route="/b",le="+Inf"} 2
"""


def test_a_histogram_knows_its_quantiles() -> None:
    """The bound at which the share is reached, over all series or some."""
    found = histogram(read(SCRAPE), "took")

    assert found == Histogram((0.1, 0.5, math.inf), (1, 3, 4))
    assert [found.quantile(q) for q in (0.25, 0.5, 0.75, 0.99)] == [0.1, 0.5, 0.5, math.inf]
    assert histogram(read(SCRAPE), "took", route="/a").count == 2


def test_nothing_has_no_quantile() -> None:
    """And counts nothing."""
    found = histogram(read(""), "took")

    assert math.isnan(found.quantile(0.5))
    assert found.count == 0


@given(
    st.lists(st.floats(0.0001, 20), min_size=1),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_a_bucket_holds_the_quantile_that_it_stands_for(seconds: list[float], q: float) -> None:
    """Whoever counts durations into buckets finds the same bucket as who sorts them."""
    bounds = (0.005, 0.05, 0.5, 5, math.inf)
    reached = tuple(sum(each <= bound for each in seconds) for bound in bounds)

    assert Histogram(bounds, reached).quantile(q) == bucket(bounds, nth(seconds, q))


@pytest.mark.parametrize(("q", "expected"), [(0.01, 1), (0.5, 2), (0.99, 4)])
def test_the_nth_of_durations(q: float, expected: float) -> None:
    """In whatever order they came."""
    assert nth([3, 1, 4, 2], q) == expected
