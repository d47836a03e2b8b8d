"""What the words of a command line choose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.selection import Selection, nearest, select

CLAIMS = (
    "coreos.claimed-once",
    "coreos.zombie-refused",
    "coreos.late-refused",
    "kernel.zombie-refused",
)


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ([], CLAIMS),
        (["coreos"], CLAIMS[:3]),
        (["coreos.claimed-once"], CLAIMS[:1]),
        (["coreos.*-refused"], CLAIMS[1:3]),
        (["*.zombie-*", "coreos.zombie-refused"], (CLAIMS[1], CLAIMS[3])),
        (["coreos.[cl]*"], (CLAIMS[0], CLAIMS[2])),
        (["?ernel*"], CLAIMS[3:]),
    ],
)
def test_systems_ids_and_globs_choose(words: list[str], chosen: tuple[str, ...]) -> None:
    """No word chooses everything; several choose what any of them does."""
    assert select(words, CLAIMS) == Selection(claims=frozenset(chosen), unknown=(), empty=())


def test_words_that_choose_nothing_are_told_apart() -> None:
    """A name that does not exist is a mistake; a glob that matches nothing inspected nothing."""
    found = select(["core", "coreos.claimed-twice", "coreos", "*.gone", "coreos."], CLAIMS)
    assert found.unknown == ("core", "coreos.claimed-twice", "coreos.")
    assert found.empty == ("*.gone",)
    assert found.systems == {"coreos"}


def test_the_nearest_names_come_first() -> None:
    """An id is compared with ids, a system with systems."""
    assert nearest("coreos.claimed-twice", CLAIMS) == ("coreos.claimed-once",)
    assert nearest("coreso", CLAIMS) == ("coreos",)
    assert nearest("zzz", CLAIMS) == ()


@given(st.lists(st.text()), st.sets(st.from_regex(r"[a-z]+\.[a-z-]+", fullmatch=True)))
def test_any_words_choose_among_what_exists(words: list[str], claims: set[str]) -> None:
    """Nothing that a person types chooses a claim that is not there, or is lost without a word."""
    found = select(words, claims)
    assert found.claims <= claims
    assert set(found.unknown + found.empty) <= set(words)
    if words:
        assert found.claims or found.unknown or found.empty
