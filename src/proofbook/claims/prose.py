"""
Find operational promises in bare prose: what somebody will rely on, and no check holds.

A promise is *must*, *never*, *within*, *at least* or *every*, a number with a unit (`30 s`,
`5 minutes`, `99.9 %`), or a value (`jobs = 500`) outside a claim. Paragraphs, list items, quotes and
table cells are prose. Headings are names, fences are steps and their output, code spans are what is
typed (unless the whole span is a number with a unit, or a value), and claims are claims: none of
these is searched. The handbook and the index are free of the rule.

`<!-- prose: reason -->` on a line of its own exempts the block after it: a paragraph, a whole list
or a whole table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.claims import blocks
from proofbook.claims.complaint import Complaint
from proofbook.claims.literals import UNITS, states
from proofbook.claims.openings import BadOpening, opening
from proofbook.claims.reader import system_of
from proofbook.errors import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.claims.blocks import Block, Page

_TIMES = "(?:second|sec|minute|hour|day|week|month|quarter|year)s?"
_OTHER = "µs|mins|hrs?|[kKMGT]B|TiB|per ?cent|rps|qps|(?:req|requests|jobs)/(?:s|min|h)"
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<![\w.,:-])\d[\d.,]*[ \u00a0-]?(?:{_UNIT}|{_TIMES}|{_OTHER})(?![\w/-])", re.IGNORECASE
)
_WORD = re.compile(r"\b(?:must|never|within|at\s+least|every)\b", re.IGNORECASE)
_EXEMPTION = re.compile(r"\s*<!--\s*prose:(.*?)-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Exemption:
    """A block that its author keeps out of the rule, and why."""

    place: Place
    reason: str


def bare_promises(text: str, path: str) -> tuple[Problem, ...]:
    """A problem for each block of the page at `path` that promises something outside a claim."""
    if system_of(path) is None:
        return ()
    page = blocks.page(text)
    return tuple(
        Problem(Place(path, line), message)
        for line, message in (*_found(page), *_unexplained(page))
    )


def exemptions(text: str, path: str) -> tuple[Exemption, ...]:
    """Every exemption of the page at `path`, in order."""
    if system_of(path) is None:
        return ()
    return tuple(
        Exemption(Place(path, block.first), reason)
        for block, reason in _exempting(blocks.page(text))
        if reason
    )


def _found(page: Page) -> Iterator[Complaint]:
    """The line of each block that promises, and what to do about it."""
    spared = _spared(page)
    for block in page.blocks:
        if block.kind not in ("paragraph", "cell") or block.first in spared or _is_claim(block):
            continue
        if words := _promises(block):
            said = ", ".join(f"'{word}'" for word in words)
            yield Complaint(
                block.first,
                f"bare prose promises {said}; make it a claim, or say why it is none in "
                "<!-- prose: reason --> on the line before",
            )


def _unexplained(page: Page) -> Iterator[Complaint]:
    """A complaint for each exemption without a reason."""
    for block, reason in _exempting(page):
        if not reason:
            yield Complaint(
                block.first, "this exemption gives no reason; write <!-- prose: reason -->"
            )


def _exempting(page: Page) -> Iterator[tuple[Block, str]]:
    """The comments that exempt, and their reasons."""
    for block in page.blocks:
        if block.kind == "html_block" and (match := _EXEMPTION.fullmatch(block.text)):
            yield block, " ".join(match[1].split())


def _spared(page: Page) -> frozenset[int]:
    """The lines of all blocks that an exemption stands before."""
    spared: set[int] = set()
    for comment, reason in _exempting(page):
        after = [block for block in page.blocks if block.first > comment.last]
        if reason and after:
            depth = len(comment.inside)
            whole = after[0].inside[depth] if len(after[0].inside) > depth else after[0]
            spared.update(range(whole.first, whole.last + 1))
    return frozenset(spared)


def _is_claim(block: Block) -> bool:
    """Whether the block states a claim, or nearly does, of which the reader complains."""
    try:
        return opening(block, None) is not None
    except BadOpening:
        return True


def _promises(block: Block) -> tuple[str, ...]:
    """The words of a block that promise, each once, as written."""
    found = []
    prose = ""
    for token in block.inline:
        if token.type != "code_inline":
            prose += "\n" if token.type in ("softbreak", "hardbreak") else token.content
        elif _MEASURE.fullmatch(token.content) or states(token.content):
            prose += "\x00"
            found.append(f"`{token.content}`")
        else:
            prose += "\x00"
    matches = sorted((*_WORD.finditer(prose), *_MEASURE.finditer(prose)), key=lambda m: m.start())
    found = [" ".join(match[0].split()) for match in matches] + found
    return tuple(dict.fromkeys(found))
