"""
Read claims out of Markdown.

A claim is a paragraph of a block quote that opens with a bold id and an em dash; code spans of the
form `name operator literal [unit]` state its values:

    > **coreos.claimed-once** — With `workers = 40` polling for `jobs = 500`, each job is leased to
    > exactly one live worker at a time.

Text goes in; claims come out, or everything that is wrong with the text. This module opens no file.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.claims import blocks, frontmatter, statement, surroundings
from proofbook.claims.complaint import Complaint
from proofbook.claims.model import Claim, Runbook
from proofbook.claims.openings import BadOpening, ids, opening
from proofbook.errors import Place, Problem, RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proofbook.claims.blocks import Block, Page
    from proofbook.claims.openings import Opening


#: Pages whose reading is remembered: a run reads its runbooks several times, and so do its forks.
_REMEMBERED = 256
#: Without a bracket, a backslash or a tag, a paragraph says the same wherever it stands.
_LEANING = re.compile(r"[\[\\<]")


def read(text: str, path: str) -> Runbook:
    """The runbook that `text`, found at `path`, is; `RunbookError` with all that is wrong with it."""
    return read_all({path: text})[0]


def read_all(pages: Mapping[str, str]) -> tuple[Runbook, ...]:
    """
    The runbooks of a project, whose texts `pages` holds by path, in order of path.

    Raises `RunbookError` with every problem of every page, ids that stand twice among them.
    """
    found = [_runbook(path, pages[path]) for path in sorted(pages)]
    runbooks = tuple(runbook for runbook, _ in found)
    problems = [problem for _, wrong in found for problem in wrong]
    problems.extend(_twice([claim for runbook in runbooks for claim in runbook.claims]))
    if problems:
        raise RunbookError(problems)
    return runbooks


def digest(id_: str, sentence: str) -> str:
    """SHA-256, hexadecimal, of an id and a sentence, however its whitespace is laid out."""
    text = f"{id_}\n{' '.join(sentence.split())}"
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def system_of(path: str) -> str | None:
    """The system of the page at `path`: its folder in `runbooks/`; `None` for handbook and index."""
    parts = path.split("/")
    if "runbooks" in parts:
        parts = parts[parts.index("runbooks") + 1 :]
    return parts[0] if len(parts) > 1 and parts[0] != "handbook" else None


@lru_cache(maxsize=_REMEMBERED)
def _runbook(path: str, text: str) -> tuple[Runbook, tuple[Problem, ...]]:
    """One page, and what is wrong with it."""
    page = blocks.page(text)
    claims, complaints, settled = _claims(page, path)
    around = surroundings.Surroundings(page)
    for quote in around.quotes(settled):
        beside = around.company(quote)
        complaints += [complaint for complaint in beside if complaint.line not in settled]
        complaints += around.touching(quote)
        complaints += surroundings.lines(page, quote)
    complaints += surroundings.hidden(page, settled)
    if claims and system_of(path):
        complaints += frontmatter.missing(page.front, ("owner", "escalation"))
    problems = tuple(Problem(Place(path, line), message) for line, message in complaints)
    owner, escalation = (page.front.get(key) for key in ("owner", "escalation"))
    runbook = Runbook(
        path=path,
        owner=owner.text if owner else None,
        escalation=escalation.text if escalation else None,
        claims=claims,
    )
    return runbook, problems


def _claims(page: Page, path: str) -> tuple[tuple[Claim, ...], list[Complaint], set[int]]:
    """The claims of a page, complaints about what nearly is one, and the lines that both fill."""
    claims: list[Claim] = []
    complaints: list[Complaint] = []
    settled: set[int] = set()
    for block in page.blocks:
        try:
            opened = opening(block, system_of(path))
        except BadOpening as error:
            complaints.append(Complaint(block.first, str(error)))
        else:
            if opened is None:
                continue
            found, wrong = statement.values(block, opened.id)
            complaints += wrong
            complaints += [Complaint(block.first, message) for message in _unfit(block, opened)]
            claims.append(
                Claim(
                    id=opened.id,
                    sentence=opened.sentence,
                    values=found,
                    place=Place(path, block.first),
                    digest=digest(opened.id, opened.sentence),
                    formerly=opened.formerly,
                )
            )
        settled.update(range(block.first, block.last + 1))
    return tuple(claims), complaints, settled


def _unfit(block: Block, opened: Opening) -> Iterator[str]:
    """What is wrong with a claim's paragraph beside its values."""
    if others := ids(block)[1:]:
        yield (
            f"one paragraph holds {opened.id} and {', '.join(others)}; put a line with > alone "
            "between two claims, and write an id that is only mentioned in backticks"
        )
    if opened.formerly == opened.id:
        yield f"{opened.id} is its name already; take '(was {opened.id})' away"
    if not opened.formerly and _leans_on_page(block, opened):
        yield (
            f"{opened.id} reads otherwise away from this page; write its links with their "
            "addresses, and no backslash at the end of a line"
        )
    for character in sorted(set(block.text) - {"\n", "\t"}):
        if unicodedata.category(character) in ("Cc", "Cs"):
            yield (
                f"{opened.id} holds the character U+{ord(character):04X}, which no page can show; "
                "take it away"
            )


def _leans_on_page(block: Block, opened: Opening) -> bool:
    """Whether its words are others where its sentence stands alone, in one line."""
    if not _LEANING.search(block.text):
        return False
    alone = blocks.page(f"> **{opened.id}** — {opened.sentence}").blocks
    return " ".join(alone[0].plain.split()) != " ".join(block.plain.split())


def _twice(claims: Iterable[Claim]) -> Iterator[Problem]:
    """A problem for each claim whose id, or whose former id, another has too."""
    stated: dict[str, Place] = {}
    for claim in claims:
        if claim.id in stated:
            message = (
                f"{claim.id} stands already at {stated[claim.id]}; give one of them another id"
            )
            yield Problem(claim.place, message)
        stated.setdefault(claim.id, claim.place)
    taken = dict(stated)
    for claim in claims:
        old = claim.formerly
        if old is None or old == claim.id:
            continue
        if old in taken:
            message = (
                f"{claim.id} was {old}, but so says {taken[old]} of itself; keep one of the two"
            )
            yield Problem(claim.place, message)
        taken.setdefault(old, claim.place)
