"""Heads and trails: what is printed, typed and pinned."""

from __future__ import annotations

import pytest

from proofbook.log import Head, Trail, head

DIGESTS = tuple(letter * 64 for letter in "abc")
TRAIL = Trail("r1", DIGESTS)


def test_a_head_is_a_short_line_and_comes_back() -> None:
    """Name, count and 128 bits of the last digest; a line end around it does no harm."""
    assert str(TRAIL.head) == "r1:3:" + "c" * 32
    assert head(f" {TRAIL.head}\n") == Head("r1", 3, "c" * 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "r1",
        "r1:3",
        f"r1:0:{'c' * 32}",
        f"r1:3:{'c' * 31}",
        f"r1:3:{'C' * 32}",
        f"../r:3:{'c' * 32}",
    ],
)
def test_other_text_is_no_head(text: str) -> None:
    """The message says what to copy."""
    with pytest.raises(ValueError, match="is no head of a log") as caught:
        head(text)
    assert str(caught.value) == (
        f"{text!r} is no head of a log. Copy the line that a run ends with: CHAIN:COUNT:DIGEST."
    )


@pytest.mark.parametrize(
    ("pinned", "extends"),
    [
        (Head("r1", 3, "c" * 64), True),
        (Head("r1", 3, "c" * 32), True),
        (Head("r1", 1, "a" * 32), True),
        (Head("r1", 2, "a" * 32), False),
        (Head("r1", 4, "c" * 32), False),
        (Head("r1", 0, "c" * 32), False),
        (Head("r2", 3, "c" * 32), False),
        (Head("r1", 3, ""), False),
    ],
)
def test_a_trail_goes_on_from_its_own_heads_only(pinned: Head, *, extends: bool) -> None:
    """Same chain, same entry at that place, and at least 128 bits of it."""
    assert TRAIL.extends(pinned) is extends
