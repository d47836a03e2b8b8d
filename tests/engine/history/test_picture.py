import re
from xml.dom.minidom import Element, parseString

from proofbook.history import Event, History, Kind, accused, picture
from tests.engine.history.stories import PROMISES, beat, claim, event, lost_claim, put


def trouble(what: str, at: float, until: float) -> Event:
    """Something that befell the system."""
    return event(Kind.TROUBLE, "nemesis", None, at, until, job=None, detail=what)


def elements(svg: str, name: str) -> list[Element]:
    """All elements of one name; the picture is well-formed, and asks for nothing from elsewhere."""
    assert re.findall(r"https?://[^\s\"]*", svg) == ["http://www.w3.org/2000/svg"]
    return list(parseString(svg).getElementsByTagName(name))  # noqa: S318 - our own


def texts(svg: str) -> list[str]:
    """All that is written in a picture."""
    return ["".join(part.nodeValue or "" for part in e.childNodes) for e in elements(svg, "text")]


def bars(svg: str, kind: str) -> list[dict[str, str]]:
    """The rectangles of one class, by their attributes."""
    found = [e for e in elements(svg, "rect") if e.getAttribute("class") == kind]
    return [{name: e.getAttribute(name) for name in ("x", "width")} for e in found]


def test_each_worker_has_a_row_and_each_call_a_bar() -> None:
    """By the time it took; full if it took effect, hollow if it was refused, dashed if nobody knows."""
    svg = picture(
        [
            claim("w1", 1, 0, 1),
            claim("w2", 2, 2, 4),
            beat("w1", 1, 3, outcome="rejected", detail="409 STALE_LEASE"),
            lost_claim(at=1),
        ],
        "a <job> & its workers",
    )

    assert texts(svg) == [
        "a <job> & its workers",
        "w1",
        "claim 1",
        "heartbeat 1",
        "lost",
        "claim",
        "w2",
        "claim 2",
        "0 to 4.000 s",
    ]
    first, second = bars(svg, "ok")
    assert (first["x"], first["width"], second["x"], second["width"]) == (
        "150.0",
        "180.0",
        "510.0",
        "360.0",
    )
    assert [bar["width"] for bar in bars(svg, "rejected")] == ["3.0"]
    assert [bar["x"] for bar in bars(svg, "unknown")] == ["330.0"]


def test_what_befell_the_system_meanwhile_is_a_band() -> None:
    """What was over before, or came after, is left out; what reaches beyond is cut."""
    svg = picture(
        [claim("w1", 1, 10), claim("w2", 2, 20)],
        "t",
        beside=[
            trouble("before", 0, 9),
            trouble("store restarted", 5, 15),
            trouble("after", 21, 22),
            put(12),
        ],
    )

    assert [(band["x"], band["width"]) for band in bars(svg, "trouble")] == [("150.0", "360.0")]
    assert "store restarted" in texts(svg)
    assert "after" not in texts(svg)


def test_no_events_make_a_picture_too() -> None:
    """An empty one."""
    assert texts(picture([], "nothing")) == ["nothing", "0 to 0.000 s"]


def test_an_accusation_is_the_shortest_part_in_words_and_drawn() -> None:
    """Of the first violation; how many there are is said."""
    guilty = [claim("w1", 1, 0), claim("w2", 2, 1)]
    other = [claim("w1", 1, 0, job="k"), claim("w2", 2, 1, job="k"), put(0)]
    history = History.of([*guilty, *other, trouble("API killed", 0.5, 2)])

    accusation = accused(history, PROMISES)

    assert accusation is not None
    assert list(accusation.part) == guilty
    sentence = (
        "Q3 (a job has one live holder): j: w2 had attempt 2 at 1.000 s, while w1 held attempt 1 until "
        "2.000 s at the least, by its claim at 0.000 s"
    )
    assert str(accusation.violation) == sentence
    assert accusation.text.splitlines()[0] == sentence
    assert "API killed" in texts(accusation.svg)
    assert str(accusation).startswith(f"{sentence}, and ")
    assert accusation.count > 1


def test_a_history_that_breaks_nothing_accuses_nobody() -> None:
    """There is nothing to draw."""
    assert accused(History.of([put(0)]), PROMISES) is None


def test_a_single_violation_has_no_others() -> None:
    """The sentence alone."""
    accusation = accused(History.of([claim("w1", 1, 0), claim("w1", 1, 1), put(0)]), PROMISES)

    assert accusation is not None
    assert str(accusation) == str(accusation.violation)
