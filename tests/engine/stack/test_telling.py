"""What of a value is the secret in it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.stack.telling import telling

BASIC = base64.b64encode(b"user:correct horse").decode()


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("plain-secret-of-one-part", ()),
        ("postgresql://shop:pa55w0rd@db/shop", ("pa55w0rd",)),
        ("postgresql://shop:p%40ss%2Fword@db/shop", ("p%40ss%2Fword", "p@ss/word")),
        ("postgresql://shop:short@db/shop", ()),
        ("postgresql://postgres:postgres@db/shop", ()),
        ("https://x/?token=0123456789", ("0123456789",)),
        ("https://x/?0123456789", ("0123456789",)),
        ("https://x/#0123456789", ("0123456789",)),
        ("host=db user=u password=pa55w0rd dbname=d", ("pa55w0rd",)),
        ("host=db password='pa55 w\\'rd' user=u", ("pa55 w'rd",)),
        ("Bearer 0123456789abcdef", ("0123456789abcdef",)),
        (f"Basic {BASIC}", (BASIC, "user:correct horse", "correct horse")),
        ("Basic not*base64*at*all", ("not*base64*at*all",)),
        ("http://[::1:bad", ()),
        ("a phrase of several words", ()),
    ],
)
def test_the_part_that_tells_is_found(value: str, parts: tuple[str, ...]) -> None:
    """In addresses, DSNs and headers; a few letters are left."""
    assert telling(value) == parts


@given(st.text())
def test_no_value_is_too_odd(value: str) -> None:
    """Whatever a variable holds, its parts are of it, or decoded from it."""
    assert value not in telling(value)
