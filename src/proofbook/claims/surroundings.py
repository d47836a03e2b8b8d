"""
What stands round claims, and must not: blocks of which Markdown readers disagree to whom they belong.

CommonMark, GitHub and Python-Markdown agree on a quote of paragraphs with an empty line after it.
They disagree on a list, table or fence in or right beside one, on code made by four spaces, and on
HTML; there a page could show a claim that this reader does not see, or the other way round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from proofbook.claims.complaint import Complaint
from proofbook.claims.openings import line_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from proofbook.claims.blocks import Block, Container, Page

_FENCE_END = re.compile(r"[ \t>]*(?:`{3,}|~{3,})[ \t]*")
_DEFINITION = re.compile(r"[ \t>]*\[[^\]]+\]:")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)[ \t]*>")
_NAMES = {
    "blockquote": "a quote inside a quote",
    "bullet_list": "a list",
    "cell": "a table",
    "code_block": "indented code",
    "fence": "a fence",
    "heading": "a heading",
    "hr": "a rule",
    "html_block": "HTML",
    "ordered_list": "a list",
    "paragraph": "a paragraph",
    "table": "a table",
}


@dataclass(frozen=True)
class Surroundings:
    """What stands where on a page, looked up once for all of its quotes."""

    page: Page

    def quotes(self, lines: Collection[int]) -> tuple[Container, ...]:
        """The outermost block quotes in which a block begins at one of `lines`."""
        return tuple(
            outer
            for outer, blocks in self._held.items()
            if outer.kind == "blockquote" and any(block.first in lines for block in blocks)
        )

    def company(self, quote: Container) -> Iterator[Complaint]:
        """A complaint for each block in `quote` that is no paragraph of its own, once a block."""
        told: set[int] = set()
        for block in self._held[quote]:
            if block.kind == "paragraph" and len(block.inside) == 1:
                continue
            line = block.inside[1].first if len(block.inside) > 1 else block.first
            if line not in told:
                told.add(line)
                yield Complaint(
                    line,
                    f"{_name(block, 1)} stands in a quote with claims; keep to paragraphs there, "
                    "and move it out of the quote",
                )

    def touching(self, quote: Container) -> Iterator[Complaint]:
        """A complaint if no empty line parts `quote` from what others take to belong to it."""
        if _line(self.page, quote.last + 1):
            yield Complaint(
                quote.last + 1,
                "this line touches a quote with claims; put an empty line between them",
            )
        above = quote.first - 1
        while _line(self.page, above):
            above -= 1
        near = range(above + 1, quote.first)
        empty = [n for n in near if n not in self._shown and _line(self.page, n).startswith(">")]
        if empty or any(n in self._ends for n in near):
            yield Complaint(
                quote.first,
                "no empty line parts a quote with claims from the list, table or quote above it; "
                "put one before this line",
            )

    @cached_property
    def _held(self) -> Mapping[Container, list[Block]]:
        """The blocks in each outermost container, in reading order."""
        held: dict[Container, list[Block]] = {}
        for block in self.page.blocks:
            if block.inside:
                held.setdefault(block.inside[0], []).append(block)
        return held

    @cached_property
    def _ends(self) -> frozenset[int]:
        """The last line of each outermost container."""
        return frozenset(outer.last for outer in self._held)

    @cached_property
    def _shown(self) -> frozenset[int]:
        """The lines of blocks that stand in no container."""
        alone = (block for block in self.page.blocks if not block.inside)
        return frozenset(n for block in alone for n in range(block.first, block.last + 1))


def lines(page: Page, quote: Container) -> Iterator[Complaint]:
    """A complaint for each line of `quote` that some readers take out of it, or leave in it."""
    for number in range(quote.first, quote.last + 1):
        written = page.lines[number - 1]
        if _DEFINITION.match(written):
            yield Complaint(
                number, "a link is defined in a quote with claims; define it in prose, further down"
            )
        if _INDENTED.match(written):
            yield Complaint(
                number, "four spaces or a tab before > make it code; take the indentation away"
            )


def hidden(page: Page, settled: Collection[int]) -> Iterator[Complaint]:
    """A complaint for each line that looks like a claim, is not `settled`, and is not shown as code."""
    for block in page.blocks:
        numbered = [n for n in range(block.first, block.last + 1) if n not in settled]
        found = [(n, id_) for n in numbered if (id_ := line_id(page.lines[n - 1]))]
        if not found or (block.kind == "html_block" and block.text.lstrip().startswith("<!--")):
            continue
        if block.kind != "fence":
            yield from (Complaint(line, _looks(block, id_)) for line, id_ in found)
        elif not _FENCE_END.fullmatch(page.lines[block.last - 1]):
            yield Complaint(
                block.first,
                f"this fence never closes, so {found[0][1]} is no claim; close the fence",
            )


def _looks(block: Block, id_: str) -> str:
    """The complaint about a line in `block` that looks like the claim `id_`."""
    return (
        f"{id_} looks like a claim and stands in {_name(block)}; write > **{id_}** — … in a block "
        "quote at the left margin, or show it in a fence"
    )


def _line(page: Page, number: int) -> str:
    """A line of the page without the whitespace round it; empty beyond its ends."""
    return page.lines[number - 1].strip() if 0 < number <= len(page.lines) else ""


def _name(block: Block, depth: int = 0) -> str:
    """What a block is, in words, seen from so many containers inside: the next one, or itself."""
    inner = [container.kind for container in block.inside[depth:] if container.kind in _NAMES]
    return _NAMES[inner[0] if inner else block.kind]
