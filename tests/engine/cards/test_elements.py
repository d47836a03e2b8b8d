"""Small pieces of HTML."""

from __future__ import annotations

import pytest
from markdown.serializers import to_html_string

from proofbook.cards.elements import DRAWINGS, append, badge, between, css, drawing, el, instant
from proofbook.verdicts import Verdict


def text(element: object) -> str:
    """An element as Python-Markdown writes it."""
    return str(to_html_string(element))  # type: ignore[arg-type]  # the stubs know no Element


def test_text_and_elements_stand_in_order() -> None:
    """What is appended comes last, whatever stood before."""
    made = el("p", "a", el("b", "c"), "d", cls="x", data_pb_y="z", hidden=None)
    append(made, "e", el("i"))

    assert text(made) == '<p class="x" data-pb-y="z">a<b>c</b>de<i></i></p>'


def test_what_a_check_printed_stands_as_it_is() -> None:
    """Tags, entities and Python-Markdown's own marks are shown, never obeyed."""
    made = el("p", "<b> &lt; & \x02wzxhzdk:0\x03 \x1b[31mred\x1b[0m", title='"&amp;"')

    assert text(made) == (
        '<p title="&quot;&amp;amp;&quot;">&lt;b&gt; &amp;lt; &amp; wzxhzdk:0 red</p>'
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_drawing_and_a_word(verdict: Verdict) -> None:
    """No two look alike without their colours."""
    made = badge(verdict, flaky=(1, 4))

    assert [node.text for node in made.iter("span")][1] == str(verdict)
    assert made.get("class") == f"pb-badge {css(verdict)}"
    assert made.get("data-pb-until") is None
    assert (" · flaky 1/4" in text(made)) == (verdict is Verdict.PASS)
    assert DRAWINGS[verdict] in text(drawing(DRAWINGS[verdict]))
    assert len(set(DRAWINGS.values())) == len(Verdict)


def test_a_pass_that_runs_out_is_not_green_by_itself() -> None:
    """Where no script looks at a clock, its end stands in place of the green."""
    end = "2026-12-01T01:00:00+02:00"
    made = badge(Verdict.PASS, end)

    assert made.get("class") == "pb-badge pb-ends"
    assert made.get("data-pb-until") == end
    assert [node.text for node in made.iter("span")][-1] == "pass until 30 Nov 2026, 23:00 UTC"
    assert DRAWINGS[Verdict.PASS] not in text(made)
    assert text(badge(Verdict.FAIL, end)) == text(badge(Verdict.FAIL))


def test_an_instant_is_shown_in_utc() -> None:
    """Whatever offset it was written with."""
    made = instant("2026-11-02T01:05:09+02:00")

    assert text(made) == '<time datetime="2026-11-01T23:05:09+00:00">1 Nov 2026, 23:05 UTC</time>'


def test_a_separator_stands_between_items() -> None:
    """And neither before nor after them."""
    a, b = el("a"), el("b")

    assert between(", ", [a, b]) == [a, ", ", b]
    assert between(", ", []) == []
