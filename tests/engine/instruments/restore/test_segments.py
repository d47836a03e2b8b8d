"""Names of log segments: in order, across logs and timelines, and what lies between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.restore.segments import Segment, lacking, missing, segment, segments

FIRST = "0000000100000000000000FE"
FOUR = (FIRST, "0000000100000000000000FF", "000000010000000100000000", "000000010000000100000001")


def test_a_log_ends_after_255_and_goes_on_with_the_next() -> None:
    """Four names in a row, the third in another log."""
    assert missing(FOUR) == ()
    assert [each.name() for each in segments(FOUR)] == list(FOUR)


def test_a_missing_segment_is_named_and_a_run_of_them_by_its_ends() -> None:
    """However many lack, a line each gap."""
    assert missing([FOUR[0], FOUR[2]]) == (FOUR[1],)
    assert missing([FOUR[0], FOUR[3]]) == (f"{FOUR[1]} … {FOUR[2]}",)


def test_timelines_are_told_apart() -> None:
    """What a promotion began is no gap of what it left."""
    other = "000000020000000000000005"
    assert missing([*FOUR, other]) == ()
    assert lacking([*FOUR, other], FIRST) == ()


def test_what_is_no_segment_is_left_out() -> None:
    """Histories, labels, partial segments and files of anybody else's; compressed ones count."""
    assert segment("00000002.history") is None
    assert segment(f"{FIRST}.00000028.backup") is None
    assert segment(f"{FIRST}.partial") is None
    assert segment("000000010000000000000100") is None
    assert segment(f"{FIRST}.gz") == Segment(1, 254)


def test_an_archive_that_begins_too_late_lacks_its_first() -> None:
    """A base backup names the segment that it needs first."""
    assert lacking(FOUR[1:], FIRST) == (FIRST,)
    assert lacking((), FIRST) == (FIRST,)
    assert lacking([FOUR[1], FOUR[3]], FIRST) == (FIRST, FOUR[2])
    with pytest.raises(ValueError, match="'here' is no name of a segment"):
        lacking(FOUR, "here")


def test_a_segment_says_where_it_starts() -> None:
    """As PostgreSQL writes positions."""
    assert [each.starts_at() for each in segments(FOUR)] == [
        "0/FE000000",
        "0/FF000000",
        "1/0",
        "1/1000000",
    ]


@given(
    start=st.integers(1, 10_000),
    count=st.integers(3, 60),
    size=st.sampled_from([1 << 20, 16 << 20, 1 << 30]),
    data=st.data(),
)
def test_whatever_is_taken_out_of_the_middle_is_missed(
    start: int, count: int, size: int, data: st.DataObject
) -> None:
    """Every gap is named once, from its first to its last, in any order of the listing."""
    names = [Segment(3, start + n).name(size) for n in range(count)]
    gone = data.draw(st.sets(st.integers(1, count - 2)))
    left = data.draw(st.permutations([n for at, n in enumerate(names) if at not in gone]))

    found = missing(left, size)

    ends = [gap.split(" … ") for gap in found]
    places = [(names.index(each[0]), names.index(each[-1])) for each in ends]
    assert {at for first, last in places for at in range(first, last + 1)} == gone
    assert lacking(left, names[0], size) == found
