"""
Cut a page into its blocks, as CommonMark (with tables) cuts them, each with its line.

The front matter is blanked, not removed, so that lines are counted as an editor counts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from proofbook.claims import frontmatter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from markdown_it.token import Token

_NEWLINE = re.compile(r"\r\n?")
#: Making one costs more than reading a claim with it.
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Container:
    """A block that holds others: `blockquote`, `bullet_list`, `ordered_list`, `table` and so on."""

    kind: str
    #: First line, counted from 1.
    first: int
    #: Last line.
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block without blocks in it: `paragraph`, `heading`, `cell`, `fence`, `code_block`, `html_block`, `hr`."""

    kind: str
    #: First line, counted from 1.
    first: int
    last: int
    #: As written, without the marks of its containers.
    text: str
    #: What it stands in, from the outermost.
    inside: tuple[Container, ...]
    #: The runs of text, code, emphasis in it; empty for code and HTML.
    inline: tuple[Token, ...] = ()
    #: What stands behind a fence's opening marks; empty for everything else.
    info: str = ""

    @property
    def plain(self) -> str:
        """Its words without marks."""
        return "".join(map(_plain, self.inline))

    @property
    def spans(self) -> tuple[str, ...]:
        """The code spans in it, in order."""
        return tuple(token.content for token in self.inline if token.type == "code_inline")

    @property
    def bold(self) -> tuple[str, ...]:
        """The words of each bold run in it, in order."""
        runs: list[str] = []
        depth = 0
        for token in self.inline:
            depth -= token.type == "strong_close"
            if depth:
                runs[-1] += _plain(token)
            if token.type == "strong_open":
                if not depth:
                    runs.append("")
                depth += 1
        return tuple(runs)


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines, front matter and blocks, in reading order."""

    lines: tuple[str, ...]
    front: Mapping[str, frontmatter.Entry]
    blocks: tuple[Block, ...]


@lru_cache(maxsize=256)  # a program reads a page for its claims, and again for what is said of them
def page(text: str) -> Page:
    """Cut `text` into its front matter and blocks; any text is a page."""
    lines = _NEWLINE.sub("\n", text.removeprefix("\ufeff")).split("\n")
    front, taken = frontmatter.split(lines)
    body = "\n".join([""] * taken + lines[taken:])
    tokens = _MARKDOWN.parse(body)
    return Page(tuple(lines), front, tuple(_blocks(tokens)))


_CELLS = ("th_open", "td_open")
_LEAVES = {"paragraph_open": "paragraph", "heading_open": "heading"} | dict.fromkeys(_CELLS, "cell")


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    """The blocks without blocks in them."""
    inside: list[Container] = []
    leaf = ""
    for token in tokens:
        first, last = (token.map[0] + 1, token.map[1]) if token.map else (0, 0)
        if token.type in _LEAVES:
            leaf = _LEAVES[token.type]
        elif token.type == "inline":
            yield Block(
                kind=leaf,
                first=first,
                last=last,
                text=token.content,
                inside=tuple(inside),
                inline=tuple(token.children or ()),
            )
        elif token.nesting == 1:
            inside.append(Container(token.type.removesuffix("_open"), first, last))
        elif token.nesting == -1:
            if token.type.replace("_close", "_open") not in _LEAVES:
                inside.pop()
        else:
            yield Block(
                kind=token.type,
                first=first,
                last=last,
                text=token.content,
                inside=tuple(inside),
                info=token.info.strip(),
            )


def _plain(token: Token) -> str:
    """The words of one run."""
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return "" if token.type == "html_inline" else token.content
