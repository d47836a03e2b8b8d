"""Canonical JSON, against the contract's vectors and RFC 8785's."""

from __future__ import annotations

import json
import math
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from systems.chassis.canonical import canonical, digest, holds_only_finite_numbers, number, parse
from tests.systems.vectors import vectors

#: IEEE-754 bits and what JavaScript prints of them: RFC 8785, appendix B.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "case", [c for c in vectors("canonical_json") if "canonical" in c], ids=lambda c: c["raw"]
)
def test_vectors_of_the_contract_come_out_byte_for_byte(case: dict[str, str]) -> None:
    """Each raw document has one canonical text and one hash."""
    text = canonical(parse(case["raw"].encode()))

    assert text == case["canonical"]
    assert digest(text) == case["sha256"]


@pytest.mark.parametrize(("bits", "text"), NUMBERS, ids=[text for _, text in NUMBERS])
def test_numbers_are_printed_as_javascript_prints_them(bits: str, text: str) -> None:
    """The shortest digits that read back, in ECMAScript's layout."""
    assert number(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_reads_back(double: float) -> None:
    """Nothing of a double is lost on the way."""
    assert float(number(double)) == double


def test_rfc_8785_sorts_by_utf_16_code_units() -> None:
    """The RFC's own example of keys; an index of an array comes first here, as in JavaScript."""
    raw = (
        b'{"\\u20ac":"Euro","\\r":"CR","\\ufb33":"Dalet","1":"One","\\ud83d\\ude00":"Smile",'
        b'"\\u0080":"Control","\\u00f6":"o"}'
    )

    assert canonical(parse(raw)) == (
        '{"1":"One","\\r":"CR","\x80":"Control","ö":"o","€":"Euro","😀":"Smile","\ufb33":"Dalet"}'
    )


@given(JSON)
def test_canonical_text_reads_back_as_the_same_value(value: object) -> None:
    """Whatever the order of its keys, a value is the same after a round trip, and so is its text."""
    text = canonical(value)

    assert canonical(parse(text.encode("utf-8", "surrogatepass"))) == text


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])).filter(lambda key: not key.isdigit()),
        st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_where_no_key_is_an_index_it_agrees_with_rfc_8785(value: dict[str, float | str]) -> None:
    """Another implementation of the RFC writes the same bytes."""
    assert canonical(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('{"2":0,"10":0,"1":0,"01":0,"-1":0}', '{"1":0,"2":0,"10":0,"-1":0,"01":0}'),
        ('{"4294967295":0,"4294967294":0}', '{"4294967294":0,"4294967295":0}'),
        ('["\\ud800","\\udc00\\ud800"]', '["\\ud800","\\udc00\\ud800"]'),
        (
            '"\\u0000\\u001f\\u007f\\b\\t\\n\\f\\r\\"\\\\\\/"',
            '"\\u0000\\u001f\x7f\\b\\t\\n\\f\\r\\"\\\\/"',
        ),
        ('"\\u2028<>&"', '"\u2028<>&"'),
        ("[9007199254740993,-0,1.0,1E3,1e400]", "[9007199254740992,0,1,1000,null]"),
    ],
)
def test_corners(raw: str, text: str) -> None:
    """Indices first, lone surrogates and controls escaped, everything else raw, numbers as doubles."""
    assert canonical(parse(raw.encode())) == text


def test_two_halves_side_by_side_are_one_character() -> None:
    """A string that Python holds as two surrogates is written as the character that they make."""
    assert canonical("\ud83d\ude00") == '"😀"'


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"NaN",
        b"-Infinity",
        b"[1,]",
        b"{'a':1}",
        b'"\x01"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"[" * 201 + b"]" * 201,
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=range(12),
)
def test_what_json_parse_refuses_is_refused(raw: bytes) -> None:
    """One error for all: ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011 - json's own messages are not ours
        parse(raw)


def test_brackets_in_strings_do_not_nest() -> None:
    """Only real nesting counts against the limit."""
    text = json.dumps(["[" * 1000 + '\\"{' * 10])

    assert canonical(parse(text.encode())) == text


@pytest.mark.parametrize(
    ("value", "is_finite"), [([1.5, {"a": math.inf}], False), ({"a": [0]}, True), ("x", True)]
)
def test_numbers_beyond_doubles_are_found(value: object, is_finite: bool) -> None:  # noqa: FBT001 - the expectation
    """At any depth."""
    assert holds_only_finite_numbers(value) is is_finite


def test_only_json_has_a_canonical_text() -> None:
    """A set is a bug of the caller."""
    with pytest.raises(TypeError, match="set is not JSON"):
        canonical({1, 2})
