"""
Everything that the pages show: the runbooks, how each claim stands, and what could not be read.

`Book` is a value. `load` reads a project's files once for each state that they are in: a site of
many pages asks for the same book once a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from proofbook import project, runs
from proofbook.cards import seen
from proofbook.cards.standing import Evidence, evidence, standings
from proofbook.claims import read_all
from proofbook.pytest_plugin.sources import Sources
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from proofbook.cards.seen import Seen
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim, Runbook
    from proofbook.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The runbooks and their verdicts at one instant."""

    #: When the verdicts were judged: aware.
    now: datetime
    #: By path.
    runbooks: Mapping[str, Runbook]
    #: By claim id; never empty.
    standings: Mapping[str, tuple[Standing, ...]]
    seen: Mapping[str, Seen]
    #: Runs that cannot be read: whatever they held is missing here.
    damaged: tuple[Problem, ...] = ()

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Every claim by id, in reading order."""
        return {claim.id: claim for page in self.runbooks.values() for claim in page.claims}

    def page_of(self, claim: Claim) -> Runbook:
        """The page on which a claim stands."""
        return self.runbooks[claim.place.path]

    def verdict(self, claim: Claim) -> Verdict:
        """The worst verdict of a claim on any target."""
        found = {standing.verdict for standing in self.standings[claim.id]}
        return min(found, key=(*PRECEDENCE, Verdict.WAIVED).index)


def load(root: Path, now: datetime) -> Book:
    """
    The book of the project at `root`, judged at the aware instant `now`.

    Raises `RunbookError` with all that is wrong with the pages, and `ReportError` for a damaged
    count of faults; damaged runs are part of the book.
    """
    known, found, damaged, faults, sources = _read(root, state(root))

    def check_digest(nodeid: str) -> str | None:
        file = root / nodeid.partition("::")[0]
        return sources.digest(file) if file.is_file() else None

    return Book(
        now=now,
        runbooks=known,
        standings={
            claim.id: standings(claim, found, now, check_digest)
            for runbook in known.values()
            for claim in runbook.claims
        },
        seen=faults,
        damaged=damaged,
    )


#: Files that the book is read from.
_FILES = (
    "runbooks/**/*.md",
    "checks/**/*.py",
    f"{runs.folders.RUNS}/*/run.json",
    f"{seen.FAULTS}/*.json",
)

_State = tuple[tuple[str, int, int], ...]
_Read = tuple[
    "Mapping[str, Runbook]", Evidence, "tuple[Problem, ...]", "Mapping[str, Seen]", Sources
]


def state(root: Path) -> _State:
    """Path, time of change and size of every file that the book at `root` is read from."""
    found = sorted(file for pattern in _FILES for file in root.glob(pattern) if file.is_file())
    facts = ((str(file), file.stat()) for file in found)
    return tuple((path, fact.st_mtime_ns, fact.st_size) for path, fact in facts)


@lru_cache(maxsize=1)
def _read(root: Path, state: _State) -> _Read:
    """The files of a project as they are in one state."""
    del state
    runbooks = {runbook.path: runbook for runbook in read_all(project.pages(root))}
    found = runs.all_runs(root)
    return runbooks, evidence(found.runs), found.problems, seen.read_all(root), Sources(root)
