"""Claims out of pages: what is read, where it stands, and every way in which it is nearly one."""

from __future__ import annotations

from datetime import timedelta
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.claims import Runbook, digest, read, read_all, system_of
from proofbook.errors import Place, RunbookError

if TYPE_CHECKING:
    from proofbook.errors import Problem

FRONT = "---\nowner: Platform\nescalation: page the SRE\n---\n"
PATH = "runbooks/demo/page.md"


def complaints(text: str, path: str = "page.md") -> list[str]:
    """What is wrong with `text`, line by line, without the path."""
    with pytest.raises(RunbookError) as raised:
        read(dedent(text), path)
    return [str(problem).removeprefix(f"{path}:") for problem in raised.value.problems]


def test_a_claim_has_an_id_a_sentence_values_a_place_and_a_digest() -> None:
    """Everything that a quote states is read, whitespace laid out anew, Markdown kept."""
    page = FRONT + dedent("""
        # Queue

        > **demo.claimed-once** — With `workers = 40` polling
        > for `jobs = 500`, each job is leased
        > to *one* worker at a time.
        """)

    (claim,) = read(page, PATH).claims

    sentence = "With `workers = 40` polling for `jobs = 500`, each job is leased to *one* worker at a time."
    assert (claim.id, claim.system, claim.sentence) == ("demo.claimed-once", "demo", sentence)
    assert [(v.name, v.literal) for v in claim.values] == [("workers", 40), ("jobs", 500)]
    assert claim.place == Place(PATH, 8)
    assert claim.digest == digest("demo.claimed-once", sentence)
    assert (claim.formerly, claim.valid_for, claim.by) == (None, None, ())


def test_a_page_names_its_owner_and_escalation() -> None:
    """Both come from the front matter; quotes are taken off."""
    page = '---\nowner: Platform\nescalation: "#demo"\n---\n> **demo.x** — it holds\n'

    runbook = read(page, PATH)

    assert (runbook.path, runbook.owner, runbook.escalation) == (PATH, "Platform", "#demo")


def test_a_page_without_claims_needs_no_owner() -> None:
    """Prose alone is a runbook with nothing in it."""
    assert read("# Notes\n", PATH) == Runbook(path=PATH, owner=None, escalation=None, claims=())


def test_reserved_values_are_read_by_the_engine() -> None:
    """`valid_for` and `by` are the claim's own properties."""
    page = '> **demo.x** — Rehearsed (`valid_for = 92 d`, `by = SRE, "release engineer"`).\n'

    (claim,) = read(page, "page.md").claims

    assert (claim.valid_for, claim.by) == (timedelta(days=92), ("SRE", "release engineer"))


def test_a_single_role_answers_alone() -> None:
    """A word after `by` is one role."""
    (claim,) = read("> **demo.x** — Rotated (`by = SRE`).\n", "page.md").claims

    assert claim.by == ("SRE",)


def test_a_rename_keeps_the_former_id_out_of_the_sentence() -> None:
    """`(was old.id)` after the dash is read apart, so that dropping it later changes no digest."""
    (claim,) = read("> **demo.new** — (was demo.old) It holds.\n", "page.md").claims

    assert (claim.formerly, claim.sentence) == ("demo.old", "It holds.")
    assert claim.digest == digest("demo.new", "It holds.")


def test_a_name_may_stand_twice_as_lower_and_upper_bound() -> None:
    """Two bounds that leave room are one range."""
    page = "> **demo.x** — Waits are `wait >= 1 s` and `wait <= 2 s`, `n >= 1` and `n <= 1`.\n"

    (claim,) = read(page, "page.md").claims

    assert [value.text for value in claim.values] == [
        "wait >= 1 s",
        "wait <= 2 s",
        "n >= 1",
        "n <= 1",
    ]


def test_a_digest_changes_with_the_sentence_and_not_with_its_layout() -> None:
    """Whitespace is laid out anew before the digest; a number is not."""
    assert digest("a.b", "x  y\n z") == digest("a.b", "x y z")
    assert digest("a.b", "x y z") != digest("a.b", "x y 3")
    assert digest("a.b", "x") != digest("a.c", "x")


TRICKY = {
    "several in one quote": "> **a.b** — one\n>\n> **a.c** — two\n",
    "quotes that other readers merge": "> **a.b** — one\n\n> **a.c** — two\n",
    "lazy lines": "> **a.b** —\none\n\n> **a.c** — two\n",
    "Windows line ends": "> **a.b** — one\r\n>\r\n> **a.c** — two\r\n",
    "old line ends": "> **a.b** — one\r>\r> **a.c** — two\r",
    "a byte order mark": "\ufeff> **a.b** — one\n\n> **a.c** — two\n",
    "tabs": ">\t**a.b** —\tone\n>\n> \t**a.c** — two\n",
    "no space after the mark": ">**a.b** — one\n>\n>**a.c** — two\n",
    "an indented quote": "   > **a.b** — one\n   >\n   > **a.c** — two\n",
    "prose round it": "Text\n> **a.b** — one\n>\n> Prose.\n>\n> **a.c** — two\n\nText\n",
    "no line end": "> **a.b** — one\n\n> **a.c** — two",
    "a fence that shows one": "```\n> **a.x** — no\n```\n> **a.b** — one\n>\n> **a.c** — two\n",
    "a comment that hides one": "<!--\n> **a.x** — no\n-->\n> **a.b** — one\n>\n> **a.c** — two\n",
    "a fence in a quote": "> ```\n> **a.x** — no\n> ```\n\ntext\n\n> **a.b** — one\n\n> **a.c** — two\n",
    "a plain quote": "> example.com is down\n>\n> **Note** — mind `n = 1`\n\n> **a.b** — one\n\n> **a.c** — two\n",
    "ids in prose": "**a.x** holds.\n\n* `a.x` — is shown\n\n> **a.b** — one\n\n> **a.c** — two\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_the_same_two_claims_are_read_however_the_page_is_laid_out(text: str) -> None:
    """Layout does not change what is claimed."""
    claims = read(text, "page.md").claims

    assert [(c.id, c.sentence) for c in claims] == [("a.b", "one"), ("a.c", "two")]


AT_MARGIN = "> **a.b** — … in a block quote at the left margin"
AWAY = (
    "a.b reads otherwise away from this page; write its links with their addresses, and no "
    "backslash at the end of a line"
)
NEARLY = {
    "> **A.b_C** — x": "1: 'A.b_C' is no id; write words of a-z, 0-9 and hyphens, joined by dots, "
    "such as coreos.claimed-once",
    "> a.b — x": "1: a.b opens a quote and is not bold; write > **a.b** — …",
    "> `a.b` - x": "1: a.b opens a quote and is not bold; write > **a.b** — …",
    "> __a.b__ — x": "1: the quote opens with '__a.b__ — x'; write > **a.b** — …",
    "> **a.b — all of it**": "1: the quote opens with '**a.b — all of …'; write > **a.b** — …",
    "> **claimed-once** — `n = 1`": "1: 'claimed-once' is no id; write words of a-z, 0-9 and "
    "hyphens, joined by dots, such as coreos.claimed-once",
    "> **a.b —** x": "1: the quote opens with '**a.b —** x'; write > **a.b** — …",
    "> **a.b** - x": "1: '-' stands after a.b in place of an em dash; write > **a.b** — …",
    "> **a.b** -- x": "1: '--' stands after a.b in place of an em dash; write > **a.b** — …",
    "> **a.b** – x": "1: '–' stands after a.b in place of an em dash; write > **a.b** — …",
    "> **a.b**: x": "1: ': x' stands after a.b in place of an em dash; write > **a.b** — …",
    "> **a.b** is one two three": "1: 'is one two three' stands after a.b in place of an em dash; "
    "write > **a.b** — …",
    "> **a.b** is one two three four": "1: 'is one two three …' stands after a.b in place of an em "
    "dash; write > **a.b** — …",
    "> **a.b**—x": "1: a.b has no space on both sides of its dash; write > **a.b** — …",
    "> **a.b** —x": "1: a.b has no space on both sides of its dash; write > **a.b** — …",
    "> **a.b** —": "1: a.b states nothing after its dash; write > **a.b** — …",
    "> **a.b** — (was a.c)": "1: '(was a.c)' after the dash of a.b names no earlier id with a "
    "sentence after it; write > **a.b** — (was old.id) …",
    "> **a.b** — (was A) x": "1: '(was A)' after the dash of a.b names no earlier id with a "
    "sentence after it; write > **a.b** — (was old.id) …",
    "> **a.b** — (was": "1: '(was' after the dash of a.b names no earlier id with a sentence after "
    "it; write > **a.b** — (was old.id) …",
    "> **a.b** — (was a.b) x": "1: a.b is its name already; take '(was a.b)' away",
    "> **a.b** — x\n> **a.c** — y": "1: one paragraph holds a.b and a.c; put a line with > alone "
    "between two claims, and write an id that is only mentioned in backticks",
    "> **a.b** — unlike **a.c** and **1.5**": "1: one paragraph holds a.b and a.c; put a line with "
    "> alone between two claims, and write an id that is only mentioned in backticks",
    "**a.b** — x": "1: a.b stands outside a block quote, where nothing is read as a claim; "
    f"write {AT_MARGIN}",
    "- **a.b** — x": f"1: a.b stands in a list, where nothing is read as a claim; write {AT_MARGIN}",
    "- **a.b**- x": f"1: a.b stands in a list, where nothing is read as a claim; write {AT_MARGIN}",
    "- y\n  **a.b** — x": "2: a.b looks like a claim and stands in a list; write > **a.b** — … in a "
    "block quote at the left margin, or show it in a fence",
    "> **claimed_once** -- `n = 1`": "1: 'claimed_once' is no id; write words of a-z, 0-9 and hyphens, "
    "joined by dots, such as coreos.claimed-once",
    "1. > **a.b** - x": f"1: a.b stands in a list, where nothing is read as a claim; write {AT_MARGIN}",
    "> > **a.b** — x": "1: a.b stands in a quote inside a quote, where nothing is read as a claim; "
    f"write {AT_MARGIN}",
    "| **a.b** — x |\n|---|": "1: a.b stands in a table, where nothing is read as a claim; "
    f"write {AT_MARGIN}",
    "## **a.b** holds": "1: a.b stands in a heading, where nothing is read as a claim; "
    f"write {AT_MARGIN}",
    "## a.b — x": f"1: a.b stands in a heading, where nothing is read as a claim; write {AT_MARGIN}",
    "> **a.b** — x\n> ---": "1: a.b stands in a heading, where nothing is read as a claim; "
    f"write {AT_MARGIN}",
    "> **a.b** — x\n> - y": "2: a list stands in a quote with claims; keep to paragraphs there, and "
    "move it out of the quote",
    "> **a.b** — x\n>\n> 1. y\n> 2. z": "3: a list stands in a quote with claims; keep to "
    "paragraphs there, and move it out of the quote",
    "> **a.b** — x\n> > y": "2: a quote inside a quote stands in a quote with claims; keep to "
    "paragraphs there, and move it out of the quote",
    "> **a.b** — x\n>\n> ```\n> y\n> ```": "3: a fence stands in a quote with claims; keep to "
    "paragraphs there, and move it out of the quote",
    "> # y\n> **a.b** — x": "1: a heading stands in a quote with claims; keep to paragraphs there, "
    "and move it out of the quote",
    "> **a.b** — x\n- y": "2: this line touches a quote with claims; put an empty line between them",
    "> **a.b** — x\n[y]: z": "2: a link is defined in a quote with claims; define it in prose, "
    "further down",
    ">\n\t> **a.b** — x": "2: four spaces or a tab before > make it code; take the indentation "
    "away",
    "- y\n> **a.b** — x": "2: no empty line parts a quote with claims from the list, table or quote "
    "above it; put one before this line",
    ">\ny\n> **a.b** — x": "3: no empty line parts a quote with claims from the list, table or quote "
    "above it; put one before this line",
    "> **a.b** — see [x]\n\n[x]: http://y": f"1: {AWAY}",
    "> **a.b** — x\\\n> y": f"1: {AWAY}",
    "x\n\n    > **a.b** — x": "3: a.b looks like a claim and stands in indented code; write > **a.b** — "
    "… in a block quote at the left margin, or show it in a fence",
    "<div>\n> **a.b** — x\n</div>": "2: a.b looks like a claim and stands in HTML; write > **a.b** "
    "— … in a block quote at the left margin, or show it in a fence",
    "!!! note\n    > **a.b** — x": "2: a.b looks like a claim and stands in a paragraph; write > "
    "**a.b** — … in a block quote at the left margin, or show it in a fence",
    "```\n> **a.b** — x": "1: this fence never closes, so a.b is no claim; close the fence",
    "> **a.b** — x \x07": "1: a.b holds the character U+0007, which no page can show; take it away",
    "> **a.b** — x \ud800": "1: a.b holds the character U+D800, which no page can show; take it away",
    "> **a.b** — `n = 1`\n> `n = 2`": "2: a.b: `n = 2` names 'n' again after `n = 1`; a name stands "
    "twice only as a lower and an upper bound",
    "> **a.b** — `n < 1` `n <= 2`": "1: a.b: `n <= 2` names 'n' again after `n < 1`; a name stands "
    "twice only as a lower and an upper bound",
    "> **a.b** — `n < 2` `n > 1` `n > 0`": "1: a.b: `n > 0` names 'n' again after `n > 1`; a name "
    "stands twice only as a lower and an upper bound",
    "> **a.b** — `n > 2` `n < 2`": "1: a.b: nothing is both `n > 2` and `n < 2`; widen one of the "
    "bounds",
    "> **a.b** — `n >= 3 s` `n <= 2 s`": "1: a.b: nothing is both `n >= 3 s` and `n <= 2 s`; widen "
    "one of the bounds",
    "> **a.b** — `n >= 1` `n <= 2 %`": "1: a.b: nothing is both `n >= 1` and `n <= 2 %`; widen one "
    "of the bounds",
    "> **a.b** — `valid_for = 92`": "1: a.b: `valid_for = 92` is no time to last; write `valid_for "
    "= 92 d`",
    "> **a.b** — `valid_for <= 92 d`": "1: a.b: `valid_for <= 92 d` is no time to last; write "
    "`valid_for = 92 d`",
    "> **a.b** — `valid_for = 0 d`": "1: a.b: `valid_for = 0 d` is no time to last; write "
    "`valid_for = 92 d`",
    "> **a.b** — `by = A` `by = B`": "1: a.b: `by = B` stands after `by = A`; keep one of them",
    "> **a.b** — `by = 5`": '1: a.b: `by = 5` names no role; write `by = "SRE"`',
    '> **a.b** — `by = "", A`': '1: a.b: `by = "", A` names no role; write `by = "SRE"`',
    "> **a.b** — x\n> y\n> `n = 1,000`": "3: `n = 1,000`: ',000' is a thousands separator or a list "
    "without spaces; write the digits together, or a space after the comma",
}


@pytest.mark.parametrize(("text", "complaint"), NEARLY.items())
def test_what_is_nearly_a_claim_is_an_error_at_its_line(text: str, complaint: str) -> None:
    """Each says what stands there and what to write in its place, once."""
    assert complaints(text) == [complaint]


def test_a_heading_with_an_id_of_the_pages_system_is_an_error() -> None:
    """A heading cannot be a claim, and other words with dots may stand in one."""
    assert complaints("# gates.toml\n\n## demo.x\n", PATH) == [
        (
            "3: demo.x stands in a heading, where nothing is read as a claim; write > **demo.x** — … in "
            "a block quote at the left margin"
        )
    ]


def test_a_page_with_claims_names_owner_and_escalation() -> None:
    """A claim that nobody answers for is an error, at the key or at the top."""
    text = "---\nowner:\n---\n> **demo.x** — it holds\n"

    told = complaints(text, PATH)

    assert told == [
        (
            "1: a page with claims names no escalation; write 'escalation: …' between two lines --- at "
            "its top"
        ),
        (
            "2: owner is not one line of text; write one after the colon, in double quotes if it holds "
            "a # or a colon"
        ),
    ]


def test_all_problems_of_all_files_are_told_in_reading_order() -> None:
    """One run of the reader finds everything, by path and line, ids that stand twice too."""
    pages = {
        "runbooks/b.md": "> **a.b** — x\n\n> **a.c** — (was a.old) y\n\n> **a.e** — (was a.b) z\n",
        "runbooks/a.md": "> **a.b** — `n = 1,0`\n\n> **a.d** — (was a.old) `n = 5 msec`\n",
    }

    with pytest.raises(RunbookError) as raised:
        read_all(pages)

    assert str(raised.value).splitlines() == [
        (
            "runbooks/a.md:1: `n = 1,0`: ',0' is a thousands separator or a list without spaces; write "
            "the digits together, or a space after the comma"
        ),
        (
            "runbooks/a.md:3: `n = 5 msec`: 'msec' is no unit; use one of "
            "% ms s min h d w B KiB MiB GiB req/s"
        ),
        "runbooks/b.md:1: a.b stands already at runbooks/a.md:1; give one of them another id",
        "runbooks/b.md:3: a.c was a.old, but so says runbooks/a.md:3 of itself; keep one of the two",
        "runbooks/b.md:5: a.e was a.b, but so says runbooks/a.md:1 of itself; keep one of the two",
    ]


def test_pages_are_read_in_order_of_path() -> None:
    """The order in which files were found does not matter."""
    pages = {"runbooks/b.md": "> **a.c** — y\n", "runbooks/a.md": "> **a.b** — x\n"}

    assert [r.path for r in read_all(pages)] == ["runbooks/a.md", "runbooks/b.md"]


@pytest.mark.parametrize(
    ("path", "system"),
    {
        "runbooks/coreos/queue.md": "coreos",
        "runbooks/coreos/deep/queue.md": "coreos",
        "runbooks/index.md": None,
        "runbooks/handbook/claims.md": None,
        "elsewhere/runbooks/coreos/queue.md": "coreos",
        "queue.md": None,
    }.items(),
)
def test_a_system_is_the_folder_of_its_pages(path: str, system: str | None) -> None:
    """The handbook and the index belong to none."""
    assert system_of(path) == system


MARKS = st.sampled_from(
    [
        "> ",
        "**a.b**",
        " — ",
        "\n",
        "\n\n",
        "`",
        "n = 1",
        "- ",
        "# ",
        "```\n",
        "<!-- ",
        " -->",
        "---",
    ]
)


@given(st.lists(st.one_of(MARKS, st.text(max_size=8))).map("".join) | st.text())
def test_any_text_is_a_runbook_or_has_problems(text: str) -> None:
    """Nothing that a file can hold crashes the reader."""
    lines = text.count("\n") + text.count("\r") + 1
    problems: tuple[Problem, ...] = ()
    try:
        read(text, PATH)
    except RunbookError as error:
        problems = error.problems

    assert all(1 <= problem.place.line <= lines for problem in problems)
