"""Metrics as the checks read them: every sample, no bucket missed, quantiles by the contract's rule."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.kernel.samples import (
    Histogram,
    Sample,
    Samples,
    bucket,
    histogram,
    nth,
    read,
    scattered,
)

SCRAPE = """\
# HELP requests_total Requests
# TYPE requests_total counter
requests_total{method="GET",route="/a \\"b\\\\"} 3
requests_total{method="POST",route="/a"} 2.0 1700000000000
up 1

took_bucket{le="0.1"} 1
took_bucket{le="0.5"} 3
took_bucket{le="+Inf"} 4
"""


def test_a_scrape_is_read() -> None:
    """Names, labels with their escapes, numbers; comments and instants are passed over."""
    samples = read(SCRAPE)

    assert samples.all[0] == Sample("requests_total", {"method": "GET", "route": '/a "b\\'}, 3)
    assert samples.value("requests_total", method="POST") == 2
    assert samples.total("requests_total") == 5
    assert samples.value("up") == 1


def test_what_is_not_there_is_said() -> None:
    """A series that is missing, or is not one, fails whoever asks for it."""
    samples = read(SCRAPE)

    with pytest.raises(AssertionError, match=r"^the metrics hold 0 samples down, not one"):
        samples.value("down")
    with pytest.raises(AssertionError, match=r"^the metrics hold 2 samples requests_total, not"):
        samples.value("requests_total")
    with pytest.raises(AssertionError, match=r"^the metrics hold no sample up\{'a': 'b'\}"):
        samples.total("up", a="b")


def test_what_is_no_sample_is_refused() -> None:
    """Half a line is no number."""
    with pytest.raises(ValueError, match=r"^'up' is no sample$"):
        read("up")


def test_a_histogram_knows_its_quantiles() -> None:
    """The bound at which the share is reached; what came later is what is more."""
    found = histogram(read(SCRAPE), "took")

    assert [found.quantile(q) for q in (0.25, 0.5, 0.75, 0.99)] == [0.1, 0.5, 0.5, math.inf]
    assert found.since(Histogram((0.1,), (1,))).reached == (0, 3, 4)
    assert math.isnan(histogram(Samples(()), "took").quantile(0.5))


def test_what_is_scattered_is_named() -> None:
    """A metric in two places, and one that nothing announces."""
    typed = "# TYPE a counter\n# TYPE took histogram\n"

    assert scattered(typed + "a 1\ntook_bucket 1\ntook_sum 1\ntook_count 1\n") == ()
    assert scattered(typed + "a 1\ntook_sum 1\na 2\n") == ("a",)
    assert scattered(typed + "b 1\n") == ("b",)


@given(
    st.lists(st.floats(0.0001, 20), min_size=1),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_a_bucket_holds_the_quantile_that_it_stands_for(seconds: list[float], q: float) -> None:
    """Whoever counts durations into buckets finds the same bucket as who sorts them."""
    bounds = (0.005, 0.05, 0.5, 5, math.inf)
    reached = tuple(sum(each <= bound for each in seconds) for bound in bounds)

    assert Histogram(bounds, reached).quantile(q) == bucket(bounds, nth(seconds, q))
