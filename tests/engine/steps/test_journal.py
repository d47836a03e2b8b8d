"""Lines of a journal, and what is no line of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.errors import ReportError
from proofbook.steps import Began, Ended, Opened, entries, line, opening
from proofbook.steps.journal import OUTCOMES

PATH = "reports/runs/r/steps.jsonl"
OPENED = Opened(
    page="runbooks/demo/page.md", target="targets/local.toml", at="2026-11-21T12:00:00Z"
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ENTRIES = st.lists(
    st.builds(Began, step=TEXT, digest=TEXT, at=TEXT)
    | st.builds(
        Ended,
        step=TEXT,
        outcome=st.sampled_from(OUTCOMES),
        code=st.none() | st.integers(-9, 255),
        seconds=st.floats(0, 1e6),
        output=TEXT,
        problem=TEXT,
    )
    | st.builds(
        Opened, page=TEXT, target=TEXT, at=TEXT, given=st.lists(TEXT, max_size=2).map(tuple)
    ),
    max_size=5,
)


@given(ENTRIES)
def test_what_is_written_is_read(written: list[Opened | Began | Ended]) -> None:
    """Whatever a step printed."""
    text = "".join(map(line, [OPENED, *written]))

    assert entries(text, PATH) == (OPENED, *written)


@given(ENTRIES, st.integers(1, 10))
def test_a_line_that_was_cut_short_was_never_written(
    written: list[Opened | Began | Ended], left: int
) -> None:
    """A crash leaves all entries before it."""
    last = line(Began(step="last", digest="0", at="then"))

    assert entries("".join(map(line, [OPENED, *written])) + last[:left], PATH) == (OPENED, *written)


def test_the_last_opening_counts() -> None:
    """A run that was resumed was opened more than once."""
    again = Opened(page=OPENED.page, target=OPENED.target, at="2026-11-22T12:00:00Z")

    assert opening([OPENED, Began(step="a", digest="0", at="then"), again]) == again


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            (
                f"{PATH}:1: this journal does not open with a page and a target; "
                "nothing can be gone on with: run the steps anew."
            ),
        ),
        (
            line(Began(step="a", digest="0", at="then")),
            (
                f"{PATH}:1: this journal does not open with a page and a target; "
                "nothing can be gone on with: run the steps anew."
            ),
        ),
        (
            line(OPENED) + "not JSON\n",
            (
                f"{PATH}:2: this is no entry of a journal: 'not JSON'. "
                "Bring it back from a copy, or run the steps anew."
            ),
        ),
        (
            line(OPENED) + '{"event": "slept"}\n',
            (
                f'{PATH}:2: this is no entry of a journal: \'{{"event": "slept"}}\'. '
                "Bring it back from a copy, or run the steps anew."
            ),
        ),
        (
            line(OPENED).replace('"schema": 1', '"schema": 2'),
            f"{PATH}:1: this journal is of schema 2, not 1; go on with the version that wrote it.",
        ),
    ],
)
def test_a_damaged_journal_is_told(text: str, message: str) -> None:
    """With the line, and what to do."""
    with pytest.raises(ReportError) as error:
        entries(text, PATH)
    assert str(error.value) == message
