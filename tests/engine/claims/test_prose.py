"""Bare prose: what promises something outside a claim, and what an author exempts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.claims import Exemption, bare_promises, exemptions
from proofbook.errors import Place

PATH = "runbooks/demo/page.md"
ADVICE = "make it a claim, or say why it is none in <!-- prose: reason --> on the line before"

PROMISES = {
    "A job must end.": "'must'",
    "It Never stops.": "'Never'",
    "It answers within reach.": "'within'",
    "Keep at\nleast one.": "'at least'",
    "Rotate every quarter.": "'every'",
    "Leases last 30 s, not 30s.": "'30 s', '30s'",
    "It takes 5 minutes or 99.9 % of 1,000 ms.": "'5 minutes', '99.9 %', '1,000 ms'",
    "A 2-hour window and 40 req/s and 10 GB.": "'2-hour', '40 req/s', '10 GB'",
    "It waits `30 s`.": "'`30 s`'",
    "It takes `jobs = 500`.": "'`jobs = 500`'",
    "It takes `jobs=500`.": "'`jobs=500`'",
    "* a must\n* b": "'must'",
    "> It must.": "'must'",
    "| a |\n|---|\n| 5 min |": "'5 min'",
    "It must, and must.": "'must'",
}


@pytest.mark.parametrize(("text", "words"), PROMISES.items())
def test_a_promise_in_bare_prose_is_a_problem(text: str, words: str) -> None:
    """The problem names what promises, as written, and what to do."""
    (problem,) = bare_promises(text, PATH)

    line = 3 if text.startswith("|") else 1
    assert str(problem) == f"{PATH}:{line}: bare prose promises {words}; {ADVICE}"


@pytest.mark.parametrize(
    "text",
    [
        "Workers take jobs with `FOR UPDATE SKIP LOCKED`.",
        "# What you must do in 5 min",
        "```bash\nsleep 30  # never longer\n```",
        "    at least 5 min",
        "> **demo.x** — It must answer within `p95 <= 5 s`.",
        "> **demo.x** - nearly a claim must be mended first",
        "Everyone knows `sleep 5` and port 3001, RFC 8032, 64 hex digits, v1.5s and everything.",
        "<!-- you must -->",
        "",
    ],
)
def test_names_code_and_claims_are_no_prose(text: str) -> None:
    """Headings, fences, code spans and claims promise nothing by their words."""
    assert bare_promises(text, PATH) == ()


@pytest.mark.parametrize("path", ["runbooks/index.md", "runbooks/handbook/claims.md", "page.md"])
def test_the_handbook_and_the_index_are_free(path: str) -> None:
    """They explain; nobody is woken by them."""
    text = "You must.\n\n<!-- prose: -->\n"

    assert bare_promises(text, path) == ()
    assert exemptions("<!-- prose: why -->\n\nYou must.\n", path) == ()


def test_an_exemption_covers_the_block_after_it_and_is_counted() -> None:
    """A paragraph, a whole list or a whole table; what comes after is prose again."""
    text = (
        "<!-- prose: quoted from\nthe vendor -->\nYou must.\n\nYou never.\n\n"
        "<!-- prose: a list -->\n* You must.\n* You must.\n\n"
        "- item\n\n  <!-- prose: inside -->\n\n  You must.\n\n  You never.\n"
    )

    assert [problem.place.line for problem in bare_promises(text, PATH)] == [5, 17]
    assert exemptions(text, PATH) == (
        Exemption(Place(PATH, 1), "quoted from the vendor"),
        Exemption(Place(PATH, 7), "a list"),
        Exemption(Place(PATH, 13), "inside"),
    )


def test_an_exemption_without_a_reason_exempts_nothing() -> None:
    """It is a problem itself."""
    problems = bare_promises("<!-- prose: -->\n\nYou must.\n\n<!-- prose: last -->\n", PATH)

    assert [str(problem) for problem in problems] == [
        f"{PATH}:3: bare prose promises 'must'; {ADVICE}",
        f"{PATH}:1: this exemption gives no reason; write <!-- prose: reason -->",
    ]


@given(
    st.text()
    | st.lists(st.sampled_from(["<!-- prose:", "-->", "\n", "must ", "> ", "`"])).map("".join)
)
def test_any_text_can_be_searched(text: str) -> None:
    """Nothing that a file can hold crashes the search."""
    bare_promises(text, PATH)
    exemptions(text, PATH)
