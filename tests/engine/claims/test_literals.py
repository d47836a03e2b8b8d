"""Values out of code spans: the grammar, what nearly keeps it, and what is prose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.claims.literals import OPERATORS, UNITS, BadValue, value

DURATIONS = {
    "t = 250 ms": timedelta(milliseconds=250),
    "t = 1.5 s": timedelta(seconds=1.5),
    "t = 10 min": timedelta(minutes=10),
    "t = 24 h": timedelta(hours=24),
    "t = 92 d": timedelta(days=92),
    "t = 2 w": timedelta(weeks=2),
    "t = -3 s": timedelta(seconds=-3),
    "t = 0.001 ms": timedelta(microseconds=1),
}
OTHERS = {
    "jobs = 500": 500,
    "offset = -5": -5,
    "factor = 1.5": 1.5,
    "zero = 0": 0,
    "share = 99.9 %": 0.999,
    "share = 5 %": 0.05,
    "size = 512 B": 512,
    "size = 4 KiB": 4096,
    "size = 1.5 MiB": 1_572_864,
    "size = 2 GiB": 2**31,
    "rate = 200 req/s": 200,
    "rate = 0.5 req/s": 0.5,
    "mode = firebase": "firebase",
    "state = FAILED_RETRYABLE": "FAILED_RETRYABLE",
    "path = api/worker:v1.2-a": "api/worker:v1.2-a",
    'who = "release engineer"': "release engineer",
    'who = ""': "",
    "codes = 401, 403": (401, 403),
    "waits = 1 s, 2 min": (timedelta(seconds=1), timedelta(minutes=2)),
    'roles = SRE, "release, engineer"': ("SRE", "release, engineer"),
}


@pytest.mark.parametrize(("span", "literal"), (DURATIONS | OTHERS).items())
def test_a_literal_becomes_what_it_stands_for(span: str, literal: object) -> None:
    """Durations become timedelta, sizes bytes, percentages fractions, lists tuples."""
    found = value(span)

    assert found is not None
    assert (found.literal, type(found.literal)) == (literal, type(literal))


@pytest.mark.parametrize("op", OPERATORS)
def test_every_operator_stands_before_a_number(op: str) -> None:
    """All six operators compare with numbers, and the value keeps its text and unit."""
    found = value(f"p95 {op} 600 ms")

    assert found is not None
    assert (found.name, found.op, found.unit, found.text) == ("p95", op, "ms", f"p95 {op} 600 ms")
    assert found.is_bound is (op not in ("=", "!="))


def test_whitespace_in_a_span_is_one_space() -> None:
    """A span that runs over a line, or holds no-break spaces, states the same value."""
    assert value("jobs\n =\u00a0500") == value("jobs = 500")


@pytest.mark.parametrize(
    "span",
    [
        "GET /health",
        "REQUIRE_KMS=true",
        "lease_until < now()",
        "rate = done / total",
        "status=ok",
        "status = 'PENDING'",
        "failCount=1",
        "?limit=5",
        "jobs",
        "jobs =",
        "= 5",
        "x <= fast",
        "a -> b",
        "delay = min(cap, 2)",
        "503",
        "",
        "=",
    ],
)
def test_any_other_span_is_prose(span: str) -> None:
    """What does not compare a lower-case name with a number, word or string states no value."""
    assert value(span) is None


UNIT_LIST = "% ms s min h d w B KiB MiB GiB req/s"
NEAR = {
    "p95 <= 600 msec": f"`p95 <= 600 msec`: 'msec' is no unit; use one of {UNIT_LIST}",
    "rate = 12 345": f"`rate = 12 345`: '345' is no unit; use one of {UNIT_LIST}",
    "jobs = 1,000": "`jobs = 1,000`: ',000' is a thousands separator or a list without spaces; "
    "write the digits together, or a space after the comma",
    "codes = 401,403": "`codes = 401,403`: ',403' is a thousands separator or a list without "
    "spaces; write the digits together, or a space after the comma",
    "states = A,B": "`states = A,B`: no space after a comma; write one",
    "codes = 401,": "`codes = 401,`: nothing after a comma; take the comma away",
    "codes = 401, , 3": None,
    "p95<=600ms": "`p95<=600ms`: no space on both sides of '<='; write `p95 <= …`",
    "jobs =5": "`jobs =5`: no space on both sides of '='; write `jobs = …`",
    "p95 <= 600ms": "`p95 <= 600ms`: '600ms' has no space before its unit; write 600 ms",
    "share = 5%": "`share = 5%`: '5%' has no space before its unit; write 5 %",
    "jobs = 1e3": "`jobs = 1e3`: '1e3' is no number; write digits, with a point and more digits "
    "if need be",
    "jobs = +5": "`jobs = +5`: '+5' is no number; write digits, with a point and more digits if "
    "need be",
    "jobs = .5": "`jobs = .5`: '.5' is no number; write digits, with a point and more digits if "
    "need be",
    "jobs = 5.": "`jobs = 5.`: '5.' is no number; write digits, with a point and more digits if "
    "need be",
    "p95 ≤ 5 s": "`p95 ≤ 5 s`: '≤' is no operator; write <=",
    "jobs == 5": "`jobs == 5`: '==' is no operator; write =",
    "jobs =! 5": "`jobs =! 5`: '=!' is no operator; use one of = != < <= > >=",
    "codes = 401, ok": "`codes = 401, ok`: a list of plain numbers and text; keep to one kind",
    "waits = 1 s, 2": "`waits = 1 s, 2`: a list of durations and plain numbers; keep to one kind",
    "codes < 401, 403": "`codes < 401, 403`: a list after '<'; a list stands after = or !=",
    'mode >= "x"': "`mode >= \"x\"`: text after '>='; words and strings stand after = or !=",
    "mode = “x”": "`mode = “x”`: '“x”' is neither a word nor a number; put it in double quotes",
    "who = release engineer": "`who = release engineer`: 'release engineer' is neither a word nor "
    "a number; put it in double quotes",
    "by = the SRE's": "`by = the SRE's`: 'the SRE's' is neither a word nor a number; put it in "
    "double quotes",
    "valid_for=long": "`valid_for=long`: no space on both sides of '='; write `valid_for = …`",
    "size = 0.5 B": "`size = 0.5 B`: '0.5 B' is finer than a byte; round it",
    "t = 0.0001 ms": "`t = 0.0001 ms`: '0.0001 ms' is finer than a microsecond; round it",
    "t = 9999999999999 w": "`t = 9999999999999 w`: the duration is longer than the calendar; "
    "lower it",
    "n = 1234567890123456": "`n = 1234567890123456`: '1234567890123456' is longer than 15 "
    "characters; round it",
}
NEAR["codes = 401, , 3"] = "`codes = 401, , 3`: nothing after a comma; take the comma away"


@pytest.mark.parametrize(("span", "message"), NEAR.items())
def test_a_span_that_nearly_states_a_value_is_an_error(span: str, message: str) -> None:
    """The error quotes the span, says what stands there and what to write."""
    with pytest.raises(BadValue) as raised:
        value(span)

    assert str(raised.value) == message


@given(st.text())
def test_any_span_is_a_value_or_prose_or_an_error(span: str) -> None:
    """No text crashes the reader of spans."""
    try:
        found = value(span)
    except BadValue:
        return
    assert found is None or found.text == " ".join(span.split())


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
    st.sampled_from(OPERATORS),
    st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True),
    st.sampled_from([unit for unit, (kind, _) in UNITS.items() if kind != "size"]),
)
def test_every_number_with_a_unit_is_read(name: str, op: str, number: str, unit: str) -> None:
    """Digits and a unit of ours are a value under any name and operator."""
    found = value(f"{name} {op} {number} {unit}")

    assert found is not None
    assert (found.name, found.op, found.unit) == (name, op, unit)
