"""Front matter: lines `key: text` between two lines `---`, and nothing of YAML beyond that."""

from __future__ import annotations

import pytest

from proofbook.claims.frontmatter import Entry, split

TEXTS = {
    "Platform team": "Platform team",
    "Platform team  # who else": "Platform team",
    '"#coreos: on call"': "#coreos: on call",
    "'#coreos'  # channel": "#coreos",
    "call +49 30 1234": "call +49 30 1234",
    "http://pager.example/x": "http://pager.example/x",
    "": None,
    "#coreos": None,
    "a: b": None,
    "[a, b]": None,
    '"half': None,
    '""': None,
    "|": None,
}


@pytest.mark.parametrize(("written", "text"), TEXTS.items())
def test_a_value_is_a_line_of_text_or_nothing(written: str, text: str | None) -> None:
    """What YAML would read as a comment, a list or a map is no text."""
    front, taken = split(["---", f"owner: {written}", "---", "# Page"])

    assert (front["owner"], taken) == (Entry(2, text), 3)


@pytest.mark.parametrize(
    "lines",
    [[], [""], ["# Page"], ["---", "owner: x"], ["text", "---", "owner: x", "---"]],
)
def test_a_page_may_have_none(lines: list[str]) -> None:
    """Front matter opens on the first line and closes; anything else is the page."""
    assert split(lines) == ({}, 0)


def test_nested_lines_and_other_yaml_are_passed_over() -> None:
    """Keys at the left margin count; what is under them does not."""
    front, taken = split(["---", "tags:", "  - owner: y", "owner: x", "owner: z", "..."])

    assert (front, taken) == ({"tags": Entry(2, None), "owner": Entry(5, "z")}, 6)
