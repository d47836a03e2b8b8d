"""Tokens are read to the last bit, or refused in one way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems.chassis.jose import Token, TokenInvalid, decoded, encoded, read, signed_with


def token(header: str, claims: str = "{}", signature: bytes = b"") -> str:
    """A token whose parts say this."""
    return ".".join([encoded(header.encode()), encoded(claims.encode()), encoded(signature)])


@given(st.binary())
def test_bytes_come_back(raw: bytes) -> None:
    """Whatever they are, without padding."""
    assert decoded(encoded(raw)) == raw


@given(st.dictionaries(st.text(), st.text() | st.booleans()), st.text(st.characters(codec="utf-8")))
def test_what_is_signed_is_read(claims: dict[str, object], secret: str) -> None:
    """And nobody else's secret counts."""
    found = read(signed_with(secret, claims))

    assert (found.algorithm, found.claims) == ("HS256", claims)
    assert found.is_signed_with(secret)
    assert not found.is_signed_with(secret + "x")


def test_what_a_token_says() -> None:
    """Its header and claims, what is signed, and the signature; whether it is true, it does not tell."""
    text = token('{"alg": "none"}', '{"sub": "s"}', b"\xff")

    assert read(text) == Token({"alg": "none"}, {"sub": "s"}, text[:-3].encode(), b"\xff")
    assert not read(text).is_signed_with("")


def test_an_algorithm_of_its_own_choice_counts_for_nothing() -> None:
    """However well it is signed."""
    sound = read(signed_with("s", {}))

    other = Token({"alg": "none"}, sound.claims, sound.signed, sound.signature)

    assert sound.is_signed_with("s")
    assert not other.is_signed_with("s")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not three parts"),
        ("a.b", "not three parts"),
        ("a.b.c.d", "not three parts"),
        ("!.e30.", "no base64 for URLs"),
        ("é.e30.", "no base64 for URLs"),
        ("e30=.e30.", "no base64 for URLs"),
        ("e30.e30.a", "no base64 for URLs"),
        ("_w.e30.", "no JSON"),
        (token("{"), "no JSON"),
        (token("[]"), "no object"),
        (token("{}", "1"), "no object"),
        (token('{"exp": NaN}'), "no JSON"),
        (token("[" * 100_000), "no JSON"),
        (token("{}", '{"a":' * 5000 + "1" + "}" * 5000), "no JSON"),
        (token(json.dumps({"crit": ["exp"]})), "it wants what is not known here"),
    ],
)
def test_what_is_no_token_is_refused(text: str, why: str) -> None:
    """However deep it is nested."""
    with pytest.raises(TokenInvalid) as refused:
        read(text)

    assert str(refused.value) == why


def test_a_published_vector() -> None:
    """RFC 7515's own token is read as it stands there."""
    text = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )

    found = read(text)

    assert found.claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert found.algorithm == "HS256"
    assert found.signature.hex().startswith("7418dfb49799e0254ffa607dd8adbbba")
