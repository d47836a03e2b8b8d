"""Words in braces stand for values; every other brace stands for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.errors import ProofbookError
from proofbook.targets.placeholders import fill, literal, placeholders

VALUES = {"port": "8080", "store.url": "postgres://h/d", "secret.t.private_hex": "ab"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{port}", "8080"),
        ("{store.url}?x={secret.t.private_hex}", "postgres://h/d?x=ab"),
        ("{{port}}", "{port}"),
        ("${port} ${PORT}", "${port} ${PORT}"),
        ('{"a":{"b":{port}}}', '{"a":{"b":8080}}'),
        ("awk '{print $1}' {} {1} {a,b} }{", "awk '{print $1}' {} {1} {a,b} }{"),
        ("docker ps --format {{.Names}}", "docker ps --format {{.Names}}"),
    ],
)
def test_names_in_braces_are_filled(text: str, filled: str) -> None:
    """JSON, shells, awk and templates keep their braces."""
    assert fill(text, VALUES) == filled


def test_an_unknown_placeholder_names_the_known() -> None:
    """The message has the nearest name, all names, and how to write the braces themselves."""
    with pytest.raises(ProofbookError) as caught:
        fill("at {store.ulr}", VALUES)

    assert str(caught.value) == (
        "'at {store.ulr}': {store.ulr} stands for nothing here; did you mean {store.url}? "
        "Known are {port}, {secret.t.private_hex}, {store.url}; "
        "write {{store.ulr}} for the text {store.ulr}."
    )


def test_placeholders_are_what_fill_asks_for() -> None:
    """In order, as often as they stand, without those that are only text."""
    assert placeholders("{b} {{c}} {a.x} {b} ${d}") == ("b", "a.x", "b")


_TEXT = st.text(alphabet="{}$ab. ")


@given(_TEXT)
def test_literal_text_survives_filling(text: str) -> None:
    """`fill` undoes `literal`, whatever the text is, and knows no names while doing it."""
    assert fill(literal(text), {}) == text


@given(_TEXT, st.text())
def test_fill_asks_for_exactly_the_placeholders(text: str, value: str) -> None:
    """With a value for each placeholder nothing is missing; each stands in the result."""
    names = placeholders(text)

    filled = fill(text, dict.fromkeys(names, value))

    assert filled.count(value) >= len(names)
