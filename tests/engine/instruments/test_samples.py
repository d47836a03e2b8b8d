"""Prometheus' text is read however it is laid out; what Prometheus would not take is named."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from proofbook.errors import NoVerdict
from proofbook.instruments.samples import Sample, read, scattered, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRAPE = """\
# HELP requests_total Requests
# TYPE requests_total counter
requests_total{method="GET",route="/a \\"b\\\\"} 3
requests_total{method="POST",route="/a"} 2.0 1700000000000
up 1

"""


def test_a_scrape_is_read() -> None:
    """Names, labels with their escapes, numbers; comments and instants are passed over."""
    samples = read(SCRAPE)

    assert samples.all[0] == Sample("requests_total", {"method": "GET", "route": '/a "b\\'}, 3)
    assert samples.value("requests_total", method="POST") == 2
    assert samples.total("requests_total") == 5
    assert samples.value("up") == 1
    assert samples.plain() == {"up": 1}


def test_what_is_not_there_is_said() -> None:
    """A series that is missing, or is not one, fails whoever asks for it."""
    samples = read(SCRAPE)

    with pytest.raises(AssertionError, match=r"^the metrics hold 0 samples down, not one"):
        samples.value("down")
    with pytest.raises(AssertionError, match=r"^the metrics hold 2 samples requests_total, not"):
        samples.value("requests_total")
    with pytest.raises(AssertionError, match=r"^the metrics hold no sample up\{'a': 'b'\}"):
        samples.total("up", a="b")


@pytest.mark.parametrize(
    ("line", "labels", "value"),
    [
        ("up 1", {}, 1),
        ("  up{} 1.5e+02\t", {}, 150),
        ("up { } 1", {}, 1),
        ("up\t  1 1767225600000", {}, 1),
        ("up 1 -5", {}, 1),
        ("up +Inf", {}, math.inf),
        ("up -inf", {}, -math.inf),
        ('up{ a = "b" , } 2', {"a": "b"}, 2),
        ('up{a="b"}2', {"a": "b"}, 2),
        ('up{a="x} 7 y",b="c"} 2', {"a": "x} 7 y", "b": "c"}, 2),
        (r'up{a="\n\"\\,"} 2', {"a": '\n"\\,'}, 2),
        ('up{a="\x85\u2028é# {"} 2', {"a": "\x85\u2028é# {"}, 2),
    ],
)
def test_a_sample_is_read_however_it_is_laid_out(
    line: str, labels: Mapping[str, str], value: float
) -> None:
    """What the text format leaves to its writer changes nothing."""
    assert read(f"# up\n{line}\n").all == (Sample("up", labels, value),)


@pytest.mark.parametrize(
    "line",
    [
        "up",
        "1up 2",
        "up one",
        "up 1_000",
        "up 1 2 3",
        "up 1 2.5",
        "up{a=b} 1",
        'up{a="b} 1',
        'up{a="b" b="c"} 2',
        'up{a="b",,c="d"} 2',
        "up{,} 2",
        'up{1a="b"} 1',
        'up{a="b",a="c"} 1',
        'up 1 # {trace="x"} 1',
        "üp 1",
        "up ١",
        "up 1\r",
    ],
)
def test_what_is_no_sample_is_named(line: str) -> None:
    """With its place; whoever wants numbers gets none."""
    said = f"line 2, {line!r}, is no sample"

    assert unreadable(f"up 0\n{line}\n") == (said,)
    with pytest.raises(NoVerdict) as refused:
        read(f"up 0\n{line}")
    assert str(refused.value) == f"these are no metrics for Prometheus: {said}"


def test_what_is_scattered_is_named() -> None:
    """A metric in two places, one that nothing announces, and one that is announced too late."""
    typed = "# TYPE a counter\n#  TYPE\ttook histogram\n"

    assert scattered(typed + "a 1\ntook_bucket 1\ntook_sum 1\ntook_count 1\n") == ()
    assert scattered(typed + "a 1\ntook_sum 1\na 2\n") == ("a",)
    assert scattered(typed + "b 1\n") == ("b",)
    assert scattered("a 1\n" + typed) == ("a",)
    assert scattered("took_sum 1\n" + typed + "took_count 1\n") == ("took_sum",)


@given(
    st.lists(st.text(st.characters(codec="utf-8")), max_size=3, unique=True),
    st.floats(allow_nan=False),
)
def test_what_prometheus_own_client_writes_is_read(values: list[str], number: float) -> None:
    """Whatever stands in a label."""
    registry = CollectorRegistry()
    gauge = Gauge("g", "A gauge", ["label"], registry=registry)
    for value in values:
        gauge.labels(value).set(number)

    text = generate_latest(registry).decode()

    assert unreadable(text) == scattered(text) == ()
    assert [(s.labels["label"], s.value) for s in read(text).all] == [(v, number) for v in values]
