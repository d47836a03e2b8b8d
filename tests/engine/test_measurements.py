"""Measurements against promises: what holds, and how it is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.claims.literals import value as read
from proofbook.errors import ClaimError, NoVerdict
from proofbook.measurements import Estimate, amount, judged, plain

_WHERE = "runbooks/shop/index.md:6: shop.counts"


def judge(stated: str, measured: object) -> tuple[str, bool]:
    """What is written of the measurement, and whether it holds."""
    value = read(stated)
    assert value
    found = judged(value, measured, _WHERE)
    assert (found.name, found.promised) == (value.name, stated)
    return found.measured, found.holds


@pytest.mark.parametrize(
    ("stated", "measured", "written", "holds"),
    [
        ("p95 <= 600 ms", timedelta(milliseconds=412.34), "412.3 ms", True),
        ("p95 <= 600 ms", 412, "412 ms", True),
        ("p95 <= 600 ms", timedelta(milliseconds=600), "600 ms", True),
        ("p95 < 600 ms", 600, "600 ms", False),
        ("p95 <= 600 ms", 600.04, "600.04 ms", False),
        ("p95 >= 600 ms", timedelta(microseconds=599_999), "599.999 ms", False),
        ("age <= 1 d", timedelta(hours=6), "0.25 d", True),
        ("age <= 2 w", timedelta(days=21), "3 w", False),
        ("dead <= 5 %", 0.032, "3.2 %", True),
        ("dead <= 5 %", 1.5, "150 %", False),
        ("up >= 99 %", 0.995, "99.5 %", True),
        ("up >= 99 %", 1, "100 %", True),
        ("size <= 2 MiB", 1024 * 1024, "1 MiB", True),
        ("size <= 2 MiB", 3, "2.861e-06 MiB", True),
        ("rate >= 200 req/s", 199.6, "199.6 req/s", False),
        ("jobs = 500", 499, "499", False),
        ("jobs = 500", 500.0, "500", True),
        ("jobs != 0", 0, "0", False),
        ("events <= 1234567", 1234567, "1234567", True),
        ("events <= 1000", 123456789, "123500000", False),
        ("loss = 0", 1e-9, "1e-09", False),
        ("mode = strict", "lax", "lax", False),
        ('role != "root"', "nobody", "nobody", True),
        ("codes = 401, 403", [401, 403], "401, 403", True),
        ("codes = 401, 403", (403, 401), "403, 401", False),
        ("steps = 1 s, 2 s", [timedelta(seconds=1), timedelta(seconds=3)], "1, 3 s", False),
        ("kinds = a, b", ["a"], "a", False),
    ],
)
def test_a_measurement_is_judged_and_written(
    stated: str, measured: object, written: str, *, holds: bool
) -> None:
    """In the unit of the sentence, in as few digits as do not contradict the verdict."""
    assert judge(stated, measured) == (written, holds)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), float("-inf")])
def test_nothing_measured_is_no_verdict(nothing: object) -> None:
    """`loss != 5` would hold of a number that is none, and `p95 <= …` of nothing at all."""
    with pytest.raises(NoVerdict) as caught:
        judge("p95 != 600 ms", nothing)

    assert str(caught.value) == (
        f"{_WHERE} states `p95 != 600 ms`, and its check measured nothing: {nothing}"
    )


@pytest.mark.parametrize(
    ("stated", "measured", "complaint"),
    [
        (
            "p95 <= 600 ms",
            "412 ms",
            "measured '412 ms'; give a timedelta, or a number of the sentence's unit",
        ),
        (
            "p95 <= 600 ms",
            True,
            "measured True; give a timedelta, or a number of the sentence's unit",
        ),
        ("jobs = 500", "500", "measured '500'; give a number"),
        ("jobs = 500", timedelta(1), "measured datetime.timedelta(days=1); give a number"),
        ("jobs = 1", True, "measured True; give a number"),
        ("mode = strict", 3, "measured 3; give a string"),
        ("codes = 1, 2", 3, "measured 3; give a list"),
        ("codes = 1, 2", {1, 2}, "measured {1, 2}; give a list"),
        (
            "up >= 99 %",
            99.5,
            "measured 99.5; give a fraction of 1, as the claim does: 0.995 for 99.5 %",
        ),
    ],
)
def test_a_measurement_of_another_kind_is_an_error(
    stated: str, measured: object, complaint: str
) -> None:
    """The message says what stood there and what belongs there."""
    with pytest.raises(ClaimError) as caught:
        judge(stated, measured)

    assert str(caught.value) == f"{_WHERE} states `{stated}`, and its check {complaint}"


@given(
    bound=st.integers(0, 10**6),
    measured=st.floats(0, 10**6),
    op=st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
)
def test_what_is_written_never_contradicts_the_verdict(
    bound: int, measured: float, op: str
) -> None:
    """A reader who compares the two numbers comes to the same verdict."""
    value = read(f"x {op} {bound} ms")
    assert value

    found = judged(value, measured, _WHERE)

    again = judged(value, float(found.measured.removesuffix(" ms")), _WHERE)
    assert again.holds == found.holds


@given(
    number=st.integers(0, 10**9), unit=st.sampled_from(["ms", "s", "min", "h", "B", "MiB", None])
)
def test_an_amount_and_its_number_are_each_others_inverse(number: int, unit: str | None) -> None:
    """So many of a unit are that number in that unit again."""
    like: int | timedelta = timedelta() if unit in ("ms", "s", "min", "h") else 0

    assert plain(amount(number, like, unit), unit) == pytest.approx(number)


def test_an_estimate_stands_with_its_interval() -> None:
    """Held against the promise by its value; durations are in seconds."""
    made = [
        judge("p95 <= 600 ms", Estimate(0.412, 0.401, 0.433, 0.99)),
        judge("p95 <= 600 ms", Estimate(0.6004, 0.59, 0.71, 0.99)),
        judge("share >= 99.5 %", Estimate(1.0, 0.9954, 1.0, 0.99)),
    ]

    assert made == [
        ("412 ms (99%: 401 to 433 ms)", True),
        ("600.4 ms (99%: 590 to 710 ms)", False),
        ("100 % (99%: 99.54 to 100 %)", True),
    ]
    with pytest.raises(NoVerdict, match=r"and its check measured nothing: nan$"):
        judge("p95 <= 600 ms", Estimate(float("nan"), 0, 0, 0.99))
