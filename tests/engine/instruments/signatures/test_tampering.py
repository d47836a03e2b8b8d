from __future__ import annotations

import base64
import json
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.signatures import (
    altered_fields,
    base64_spellings,
    ed25519,
    flipped,
    forged,
    hex_spellings,
    is_ed25519,
    number_spellings,
    public_key,
    resized,
    respelled,
    rfc8032,
    strayed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.instruments.signatures.known import Signed

SEED = bytes(range(32))


@pytest.mark.parametrize("generator", [flipped, resized, forged, base64_spellings, hex_spellings])
@given(data=st.binary(max_size=70))
def test_nothing_is_yielded_that_was_given(
    generator: Callable[[bytes], Iterator[tuple[str, object]]], data: bytes
) -> None:
    """Each case is another text or other bytes, under a name of its own."""
    cases = list(generator(data))

    assert len({name for name, _ in cases}) == len(cases)
    given: set[object] = {data, data.hex(), base64.b64encode(data).decode()}
    if generator is base64_spellings:
        given.remove(data.hex())
    if generator is hex_spellings:
        given.remove(base64.b64encode(data).decode())
    assert not {changed for _, changed in cases} & given


def test_each_bit_is_flipped_once() -> None:
    """Or one in each byte, all eight in turn."""
    assert len({changed for _, changed in flipped(bytes(64))}) == 512
    assert [name for name, _ in flipped(bytes(9), every_bit=False)][-2:] == [
        "bit 7 of byte 7 flipped",
        "bit 0 of byte 8 flipped",
    ]
    assert [changed[0] for _, changed in flipped(b"\0")] == [1, 2, 4, 8, 16, 32, 64, 128]


def test_bytes_are_cut_and_grown() -> None:
    """At both ends."""
    assert dict(resized(b"abcd")) == {
        "cut to 0 bytes": b"",
        "cut to 1 bytes": b"a",
        "cut to 2 bytes": b"ab",
        "cut to 3 bytes": b"abc",
        "a zero byte longer": b"abcd\0",
        "a zero byte before": b"\0abcd",
        "doubled": b"abcdabcd",
    }
    assert dict(resized(b"")) == {"a zero byte longer": b"\0", "a zero byte before": b"\0"}


@pytest.mark.parametrize("case", rfc8032(), ids=lambda case: case.name)
def test_no_tampered_ed25519_signature_verifies(case: Signed) -> None:
    """The generators against a verifier that is known to be right: none of them is a signature."""
    changed = chain(flipped(case.signature), resized(case.signature), forged(case.signature))

    assert [n for n, s in changed if is_ed25519(case.public, case.message, s)] == []
    assert "S + L" in dict(forged(case.signature))


def test_forgeries_of_a_tag_have_its_length() -> None:
    """Those of Ed25519 are for signatures of 64 bytes alone."""
    assert list(dict(forged(bytes(range(32))))) == ["all zeros", "all ones", "reversed"]
    assert all(len(changed) == 64 for _, changed in forged(ed25519(SEED, b"")))


def test_base64_is_spelled_as_a_lax_reader_takes_it() -> None:
    """The same bytes come out of most of these, in some reader."""
    data = b"\xfb\xff" * 8
    sound = base64.b64encode(data).decode()

    spelled = dict(base64_spellings(data))

    assert sorted(spelled) == [
        "a newline after",
        "a newline inside",
        "a space before",
        "encoded twice",
        "in hex",
        "junk inside",
        "more padding",
        "no padding",
        "spare bits set",
        "url-safe alphabet",
    ]
    assert base64.urlsafe_b64decode(spelled["url-safe alphabet"]) == data
    assert base64.b64decode(spelled["no padding"] + "==") == data
    assert base64.b64decode(spelled["spare bits set"]) == data
    assert spelled["spare bits set"] != sound
    for lax in ("a newline after", "a newline inside", "a space before", "junk inside"):
        assert base64.b64decode(spelled[lax]) == data


def test_hex_is_spelled_as_a_lax_reader_takes_it() -> None:
    """Capitals, prefix, white space, an odd digit."""
    assert dict(hex_spellings(b"\xab\x01")) == {
        "upper case": "AB01",
        "one capital": "Ab01",
        "0x before": "0xab01",
        "spaces between bytes": "ab 01",
        "a newline after": "ab01\n",
        "a digit fewer": "ab0",
        "a digit more": "ab010",
        "a letter that is no digit": "ab0g",
        "in base64": "qwE=",
    }


def test_a_number_is_spelled_as_a_lax_reader_takes_it() -> None:
    """Some are the same number to some reader; none is the same text."""
    assert dict(number_spellings(1700)) == {
        "with a fraction": "1700.9",
        "with an exponent": "1.700e3",
        "with separators": "1_700",
        "with a sign": "+1700",
        "with a zero before": "01700",
        "with spaces around": " 1700 ",
        "in hex": "0x6a4",
        "in other digits": "١٧٠٠",
        "empty": "",
        "a word": "now",
        "not a number": "NaN",
        "endless": "Infinity",
        "too long": "1700" * 40,
    }
    for lax in ("with separators", "with a sign", "with a zero before", "in other digits"):
        assert int(dict(number_spellings(7))[lax]) == 7
    assert float(dict(number_spellings(17))["with an exponent"]) == 17


@given(st.integers(0))
def test_no_spelling_is_the_number_itself(number: int) -> None:
    """Whatever the number."""
    assert str(number) not in dict(number_spellings(number)).values()


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.booleans()), min_size=1))
def test_a_respelled_body_means_the_same(body: dict[str, object]) -> None:
    """Other bytes, the same value: whoever signs what it parsed takes them for signed."""
    sent = json.dumps(body).encode()

    cases = list(respelled(sent))

    assert all(changed != sent for _, changed in cases)
    assert len(cases) >= 5
    for _, changed in cases:
        assert json.loads(changed.decode("utf-8-sig")) == body


def test_a_body_of_any_kind_is_respelled() -> None:
    """A list has no keys to reverse."""
    assert dict(respelled(b'["ab", false]'))["re-serialised, escaped"] == b'["\\u0061b", false]'


def test_each_field_is_altered_left_out_and_exchanged() -> None:
    """One thing at a time; only fields of one type are exchanged."""
    fields = {"a": "x0", "b": "y", "n": 1, "t": True, "l": ["e"], "d": {}, "z": None, "e": []}

    cases = dict(altered_fields(fields))

    assert list(cases) == [
        *(f"{name} {how}" for name in fields for how in ("changed", "left out")),
        "a and b exchanged",
        "l and e exchanged",
    ]
    assert all(changed != fields for changed in cases.values())
    assert {name: cases[f"{name} changed"][name] for name in fields} == {
        "a": "x1",
        "b": "0",
        "n": 2,
        "t": False,
        "l": ["e", "e"],
        "d": {"": 0},
        "z": 0,
        "e": [0],
    }
    assert cases["a and b exchanged"] == {**fields, "a": "y", "b": "x0"}
    assert "a" not in cases["a left out"]


@given(st.floats(1e9, 2e9), st.floats(0, 1000), st.floats(0, 60))
def test_strayed_instants_are_outside_the_tolerance(
    now: float, tolerance: float, room: float
) -> None:
    """On both sides; with room for a request that is long on its way."""
    for name, instant in strayed(now, tolerance, room=room):
        assert abs(instant - now) > tolerance, name
    assert dict(strayed(now, tolerance, room=room))["just too far ahead"] >= now + tolerance + room


def test_a_signature_of_another_key_is_none() -> None:
    """The plainest case of all."""
    assert not is_ed25519(public_key(SEED), b"m", ed25519(bytes(32), b"m"))
