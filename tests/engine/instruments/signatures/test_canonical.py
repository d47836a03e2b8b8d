from __future__ import annotations

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.signatures import canonical_json

FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("{}", "{}"),
        (
            '{"z":{"y":1,"x":[{"d":1,"c":2}]},"a":null}',
            '{"a":null,"z":{"x":[{"c":2,"d":1}],"y":1}}',
        ),
        ('{"10":1,"9":2,"a":3,"-1":4,"01":5}', '{"9":2,"10":1,"-1":4,"01":5,"a":3}'),
        ('{"4294967294":1,"4294967295":2,"5":3}', '{"5":3,"4294967294":1,"4294967295":2}'),
        ('{"__proto__":{"x":1},"a":1}', '{"__proto__":{"x":1},"a":1}'),
        (r'{"\ud83d\ude00":1,"\uffee":2,"\ue000":3}', '{"😀":1,"\ue000":3,"\uffee":2}'),
        (r'{"lone":"\ud800"}', r'{"lone":"\ud800"}'),
        ('{"dup":1,"dup":2}', '{"dup":2}'),
        (r'["<a href=\"x\">&</a>\u2028\u007f"]', '["<a href=\\"x\\">&</a>\u2028\x7f"]'),
        (r'["\b\t\n\f\r\u0000\u001f\/\\"]', r'["\b\t\n\f\r\u0000\u001f/\\"]'),
        ("[true,false,null,[],{}]", "[true,false,null,[],{}]"),
    ],
)
def test_one_text_for_one_value(raw: str, canonical: str) -> None:
    """Order, escapes, duplicates, surrogates: as an ECMAScript engine has it."""
    assert canonical_json(json.loads(raw)) == canonical


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (4.50, "4.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e5, "100000"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123456789012345680000, "123456789012345680000"),
        (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740992"),
        (-(2**53) - 1, "-9007199254740992"),
        (10**21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (333333333.33333329, "333333333.3333333"),
    ],
)
def test_numbers_are_printed_as_doubles(number: float, text: str) -> None:
    """The shortest digits that read back, the point where ECMAScript puts it."""
    assert canonical_json(number) == text


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 10**400])
def test_a_number_outside_the_double_range_has_no_text(number: float) -> None:
    """ECMAScript would write null, and sign another value."""
    with pytest.raises(
        ValueError, match=r"^a number outside the double range has no canonical form$"
    ):
        canonical_json([number])


@pytest.mark.parametrize(
    ("value", "message"),
    [(b"bytes", "JSON holds no bytes"), ({1: 2}, "JSON's keys are texts, and 1 is none")],
)
def test_what_json_does_not_hold_is_refused(value: object, message: str) -> None:
    """A mistake of the caller's."""
    with pytest.raises(TypeError) as error:
        canonical_json(value)

    assert str(error.value) == message


@given(JSON)
def test_the_text_reads_back_and_is_its_own_text(value: object) -> None:
    """Writing what was read changes nothing more; the text encodes to UTF-8."""
    text = canonical_json(value)

    assert canonical_json(json.loads(text)) == text
    text.encode()


@given(FINITE | st.integers(-(2**53) + 1, 2**53 - 1))
def test_numbers_are_those_of_another_writer(number: float) -> None:
    """RFC 8785 takes ECMAScript's numbers; its Python package refuses only integers beyond 2^53."""
    assert canonical_json(number) == rfc8785.dumps(number).decode()


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Nd"])),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_texts_and_their_order_are_those_of_another_writer(value: dict[str, str]) -> None:
    """Without integer-like keys, which RFC 8785 sorts among the others."""
    assert canonical_json(value) == rfc8785.dumps(value).decode()


def test_halves_of_a_character_are_joined() -> None:
    """Two surrogates that stand side by side are one character, however they came there."""
    assert canonical_json("\ud83d" + "\ude00") == '"😀"'
    assert canonical_json("\ude00\ud83d") == r'"\ude00\ud83d"'
