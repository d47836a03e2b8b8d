import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofbook.errors import ProofbookError
from proofbook.history import Event, History, Kind, Outcome, from_lines, to_lines
from tests.engine.history.simulation import Simulation
from tests.engine.history.stories import claim, lost_claim

TEXT = st.text(max_size=9)
NUMBER = st.integers(0, 2**63 - 1)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event that a recorder may write."""
    invoked_ns = draw(NUMBER)
    outcome = draw(st.sampled_from(Outcome))
    returned_ns = draw(st.integers(invoked_ns, 2**63 - 1))
    return Event(
        draw(st.sampled_from(Kind)),
        draw(st.none() | TEXT),
        draw(TEXT),
        draw(st.none() | NUMBER),
        invoked_ns,
        None if outcome is Outcome.UNKNOWN and draw(st.booleans()) else returned_ns,
        outcome,
        draw(TEXT),
    )


@settings(max_examples=50)
@given(st.lists(events(), max_size=20), st.dictionaries(TEXT, st.integers() | TEXT))
def test_what_was_written_is_read_again(recorded: list[Event], plan: dict[str, object]) -> None:
    """Line by line, whatever the texts hold; and a history gives back the events that it took."""
    history = History.of(recorded, plan)

    assert list(history) == recorded
    assert from_lines("".join(to_lines(history)).splitlines()) == history


def test_the_lines_are_short_and_plain() -> None:
    """A head, and an event a line."""
    history = History.of([claim("w1", 1, 0, 1), lost_claim(at=2)], {"seed": 7})

    assert list(to_lines(history)) == [
        '{"history": 1, "plan": {"seed": 7}}\n',
        '["claim","j","w1",1,0,1000000000,"ok",""]\n',
        '["claim",null,"lost",null,2000000000,2000000000,"unknown",""]\n',
    ]


HEAD = '{"history": 1, "plan": {}}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'history:1: not the head of a history; {"history": 1, "plan": {…}} was expected'),
        ("[]\n", 'history:1: not the head of a history; {"history": 1, "plan": {…}} was expected'),
        ('{"history": 2, "plan": {}}\n', "history:1: version 2; 1 was expected"),
        (HEAD + "{}\n", "history:2: no list of 8 fields; an event was expected"),
        (
            HEAD + '["steal","j","w",1,0,1,"ok",""]\n',
            "history:2: 'steal' is not a valid Kind; an event was expected",
        ),
        (
            HEAD + '["claim","j",7,1,0,1,"ok",""]\n',
            "history:2: 7 in place of a text; an event was expected",
        ),
        (
            HEAD + '["claim","j","w",-1,0,1,"ok",""]\n',
            "history:2: -1 in place of a number from 0; an event was expected",
        ),
        (
            HEAD + '["claim","j","w",1,0,null,"ok",""]\n',
            "history:2: ok without an answer; an event was expected",
        ),
        (
            HEAD + '["claim","j","w",1,2,1,"ok",""]\n',
            "history:2: answered before it was asked; an event was expected",
        ),
    ],
)
def test_what_is_no_history_is_refused_with_its_place(text: str, message: str) -> None:
    """The first line that is wrong, and what was expected there."""
    with pytest.raises(ProofbookError) as error:
        from_lines(text.splitlines(keepends=True))

    assert str(error.value) == message


@given(st.text())
def test_arbitrary_text_is_refused_or_read(text: str) -> None:
    """Never anything but a history or our own error."""
    for lines in ([text], [HEAD, text]):
        with contextlib.suppress(ProofbookError):
            from_lines(lines)


def test_a_whole_run_is_kept() -> None:
    """Hundreds of events with gaps, lost answers and looks."""
    history = Simulation(5).history()

    assert from_lines(to_lines(history)) == history
