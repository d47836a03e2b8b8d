"""Blocks of a page: kinds, lines, words."""

from __future__ import annotations

from proofbook.claims.blocks import Container, page


def test_blocks_know_their_lines_and_what_they_stand_in() -> None:
    """Lines are the file's own, front matter counted."""
    blocks = page("---\nowner: x\n---\n# One\n\n> - two\n\n```\nthree\n```\n").blocks

    assert [(b.kind, b.first, b.last, b.text) for b in blocks] == [
        ("heading", 4, 4, "One"),
        ("paragraph", 6, 6, "two"),
        ("fence", 8, 10, "three\n"),
    ]
    assert [c.kind for c in blocks[1].inside] == ["blockquote", "bullet_list", "list_item"]
    assert blocks[1].inside[0] == Container("blockquote", 6, 6)


def test_words_spans_and_bold_runs_are_told_apart() -> None:
    """Marks are left out of the words; a bold run may hold another."""
    (block,) = page("**a *b* **c** d** e\n`f  g` <i>h</i>  \n![k](l) __m__").blocks

    assert block.plain == "a b c d e\nf  g h\nk m"
    assert block.spans == ("f  g",)
    assert block.bold == ("a b c d", "m")
