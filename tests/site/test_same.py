"""The page and the claim reader see the same ids, sentences and values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proofbook import project
from proofbook.cards import reading
from proofbook.claims import blocks, read, read_all, render
from proofbook.errors import RunbookError
from tests.engine.cards.samples import book, html

if TYPE_CHECKING:
    from proofbook.claims import Runbook

ROOT = Path(__file__).parents[2]
PAGES = project.pages(ROOT)
PATH = "page.md"


def stated(runbook: Runbook) -> list[tuple[str, str, tuple[str, ...]]]:
    """Ids, sentences without marks, and values, as the claim reader reads them."""
    found = []
    for claim in runbook.claims:
        plain = " ".join(blocks.page(render(claim)).blocks[0].plain.split())
        sentence = plain.partition(" — ")[2].removeprefix(f"(was {claim.formerly}) ")
        found.append((claim.id, sentence, tuple(value.text for value in claim.values)))
    return found


def shown(text: str, runbook: Runbook) -> list[tuple[str, str, tuple[str, ...]]]:
    """The same, as a reader of the page sees them."""
    cards = reading.page("page.html", html(text, book({runbook.path: text}))).cards
    values = {claim.id: {value.text for value in claim.values} for claim in runbook.claims}
    return [
        (card.id, card.sentence, tuple(span for span in card.spans if span in values[card.id]))
        for card in cards
    ]


@pytest.mark.parametrize("path", PAGES)
def test_every_runbook_of_the_project_shows_what_it_states(path: str) -> None:
    """In MkDocs' and Zensical's own Markdown."""
    (runbook,) = read_all({path: PAGES[path]})
    lines = PAGES[path].splitlines(keepends=True)
    body = lines[lines.index("---\n", 1) + 1 :] if lines[0] == "---\n" else lines

    cards = reading.page("page.html", html("".join(body), book({path: PAGES[path]}))).cards

    assert [(card.id, card.sentence) for card in cards] == [
        (id_, sentence) for id_, sentence, _ in stated(runbook)
    ]


TRICKY = {
    "lazy lines": "> **a.b** — one\n`n = 1` two\nthree\n",
    "quotes that are merged": "> **a.b** — one\n\n> **a.c** — two `n = 1`\n",
    "several in one quote": "> **a.b** — one\n>\n> prose\n>\n> **a.c** — two\n",
    "a nested quote far away": "> plain\n>\n> > nested\n\ntext\n\n> **a.b** — one\n",
    "Windows line ends": "> **a.b** — one\r\n> two `n = 1`\r\n\r\n> **a.c** — two\r\n",
    "old line ends": "> **a.b** — one\r>\r> **a.c** — two\r",
    "tabs": ">\t**a.b** —\tone\t`n = 1`\n>\n> \t**a.c** — two\n",
    "no space after the mark": ">**a.b** — one\n>\n>**a.c** — two\n",
    "an indented quote": "   > **a.b** — one\n   > `n = 1`\n",
    "a comment before": "<!-- > **a.x** — no -->\n> **a.b** — one\n",
    "a comment of many lines": "<!--\n> **a.x** — no\n\n> **a.y** — no\n-->\n\n> **a.b** — one\n",
    "a comment inside": "> **a.b** — one <!-- two --> three `n = 1`\n",
    "a fence before": "```\n> **a.x** — no\n```\n\n> **a.b** — one\n",
    "a fence in another quote": "> ```\n> **a.x** — no\n> ```\n\ntext\n\n> **a.b** — one\n",
    "a fence with a name": "```bash { name=tag rollback=x }\nls\n```\n\n> **a.b** — one\n",
    "a table before": "| a |\n|---|\n| 1 |\n\n> **a.b** — one\n",
    "a list before": "* x\n* y\n\n> **a.b** — one\n",
    "text before": "text\n> **a.b** — one\n",
    "a rename": "> **a.b** — (was a.old) one `n = 1`\n",
    "a value over two lines": "> **a.b** — takes `n =\n> 1` of them\n",
    "spans with backticks": "> **a.b** — ``a`b`` and `n = 1` and `` ` ``\n",
    "marks": "> **a.b** — *a* __b__ ***c*** _d_ e_f_g \\*h\\* [i](j) ![k](l) <http://m.n>\n",
    "entities": "> **a.b** — a &amp; b &lt; c &copy; `d &amp; e < f` & g < h\n",
    "raw HTML": "> **a.b** — a <b>bold</b> <br> `n = 1` word\n",
    "Unicode": '> **a.b** — §3 „x“ ≤ 日本 \u00a0 é `s = "日本"`\n',
    "hard breaks": "> **a.b** — one  \n> two\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_a_tricky_page_shows_what_it_states(text: str) -> None:
    """Layouts on which Markdown readers are known to differ."""
    runbook = read(text, PATH)

    assert runbook.claims
    assert shown(text, runbook) == stated(runbook)


PIECES = st.sampled_from(
    [
        "> **a.b** — one `n = 1` two\n",
        "> **a.c** — x *y* &amp; <b>z</b> \\*\n",
        "> more `m = 2` text\n",
        "> [x]: http://y\n",
        "> # h\n",
        "> - li\n",
        "> ```\n> q\n> ```\n",
        "> > nested\n",
        ">\n",
        "\n",
        "lazy\n",
        "- item\n",
        "1. one\n",
        "# Head\n",
        "***\n",
        "| a | b |\n|---|---|\n",
        "```\n> **a.x** — no\n```\n",
        "<!-- c -->\n",
        "<div>\n",
        "    four\n",
        "\t> **a.d** — tab\n",
        "!!! note\n",
        "[x]: http://y\n",
    ]
)


@example(">\n\t> **a.d** — tab\n")
@example(">\nlazy\n> **a.b** — one `n = 1` two\n")
@given(st.lists(PIECES, max_size=7).map("".join))
def test_no_page_silently_shows_other_claims_than_it_states(text: str) -> None:
    """The reader refuses it, or the build does, or both see the same."""
    try:
        runbook = read(text, PATH)
        seen = shown(text, runbook)
    except RunbookError:
        return
    assert seen == stated(runbook)
