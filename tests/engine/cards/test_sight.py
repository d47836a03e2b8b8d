"""A page that shows a claim otherwise than it was read ends the build."""

from __future__ import annotations

import pytest

from proofbook.errors import RunbookError
from tests.engine.cards.samples import FRONT, PATH, book, html

STATED = FRONT + "> **demo.a** — It takes `n = 1`.\n\n> **demo.b** — y\n"
PLAINLY = "Markdown readers disagree on it: write it more plainly"
SHOWN = {
    "> **demo.a** — It takes `n = 2`.\n\n> **demo.b** — y\n": f"{PATH}:5: demo.a shows as "
    f"“demo.a — It takes n = 2.” on the page; {PLAINLY}",
    "> **demo.a** — It takes n = 1.\n\n> **demo.b** — y\n": f"{PATH}:5: demo.a shows the code [] on "
    f"the page; {PLAINLY}",
    "> **demo.b** — y\n": f"{PATH}:1: the page shows demo.b and states demo.a, demo.b; {PLAINLY}",
    "> **demo.a** — It takes `n = 1`.\n\n> **demo.c** — z\n": "runbooks:1: a page shows demo.c, which "
    f"no runbook states; {PLAINLY}",
    "* x\n\n    > **demo.b** — y\n": f"{PATH}:7: demo.b shows outside a quote on the page; {PLAINLY}",
}


@pytest.mark.parametrize(("text", "message"), SHOWN.items())
def test_what_the_page_shows_must_be_what_was_read(text: str, message: str) -> None:
    """Ids, words, values, order and place."""
    with pytest.raises(RunbookError) as raised:
        html(text, book({PATH: STATED}))

    assert str(raised.value) == message


def test_marks_and_entities_read_the_same_for_both() -> None:
    """Emphasis, links, pictures, escapes, raw HTML, entities, breaks: two readers, one sentence."""
    text = FRONT + (
        "> **demo.a** — (was demo.z) *a* __b__ [c](d) ![e](f) <http://g.h> \\*i &amp; &lt;j&gt;\n"
        "> <b>k</b> `l < m &amp;` ``n`o``  \n> p_q_r\n"
    )

    assert 'id="demo.a"' in html(text, book({PATH: text}))
