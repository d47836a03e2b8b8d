"""What was printed beside what was expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.steps import ANYTHING, differs


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ('{"status":"ok",…}', '{"status":"ok","timestamp":1}\n'),
        ("a\n…\nz", "a\nb\nc\nz\n"),
        ("a\n…\nz", "a\nz\n"),
        ("…", ""),
        ("", "\n\n"),
        ("a  \n\n", "a\n"),
        ("a … c …", "a b c d"),
        ("[a-z]+ (x", "[a-z]+ (x\n"),
    ],
)
def test_what_is_expected_is_no_difference(expected: str, printed: str) -> None:
    """`…` stands for anything in a line, alone for any lines; spaces at ends count for nothing."""
    assert differs(expected, printed) == ""


@pytest.mark.parametrize(
    ("expected", "printed", "problem"),
    [
        ("a\nb", "a\nc\n", "line 2 is 'c', not 'b'"),
        ("a\nb", "a\n", "line 2 is missing: 'b' was expected"),
        ("a", "a\nb\nc\n", "2 lines more than the 1 expected"),
        ("a …", "b\n", "line 1 is 'b', not 'a …'"),
        ("a\n…\nz", "a\nb\n", "what follows its first 1 lines is not as expected: 'b'"),
        ("", "a", "1 lines more than the 0 expected"),
    ],
)
def test_a_difference_is_told(expected: str, printed: str, problem: str) -> None:
    """The first line that differs, with both."""
    assert differs(expected, printed) == problem


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=40))
def test_a_text_is_as_it_is(text: str) -> None:
    """Whatever characters it holds, unless they stand for anything."""
    assert differs(text, text) == ""
    if text and ANYTHING not in text:
        assert differs(text, f"{text}x") != ""
