"""
Everything that the pages show: the runbooks, how each claim stands, and what could not be read.

`Book` is a value. `load` reads a project's files once for each state that they are in: a site of
many pages asks for the same book once a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from stat import S_ISREG
from typing import TYPE_CHECKING

from proofbook import project
from proofbook.cards import seen
from proofbook.cards.asked import evidence
from proofbook.cards.loads import loads_of
from proofbook.cards.standing import standings
from proofbook.claims import read_all
from proofbook.evidence import NO_CHECK
from proofbook.gate import Question, decide
from proofbook.judging import Promise
from proofbook.judging.rehearsals import rehearsals
from proofbook.policy import LOCAL, Principal, parse
from proofbook.pytest_plugin.sources import Sources
from proofbook.store import load as load_log
from proofbook.store import own_key, owned
from proofbook.store.folder import DEFAULT, Store
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from proofbook.cards.asked import Evidence
    from proofbook.cards.loads import Load
    from proofbook.cards.seen import Seen
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim, Runbook
    from proofbook.drills import Drill
    from proofbook.gate import Decision
    from proofbook.log import Damage, Log, Testimony
    from proofbook.policy import Policy


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
    #: What each gate of the policy answers, for whatever its rows say.
    decisions: tuple[Decision, ...] = ()
    #: Every run of the log, the last opened last, and whose keys are whose.
    testimonies: tuple[Testimony, ...] = ()
    signers: Mapping[str, str] = field(default_factory=dict)
    #: What of the log cannot be believed: whatever it held is missing here.
    damaged: tuple[Damage, ...] = ()
    #: The newest load run of each claim and target.
    loads: tuple[Load, ...] = ()
    #: Every drill that counts, the last signed last.
    drills: tuple[Drill, ...] = ()

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

    def ends(self, claim: Claim) -> str | None:
        """When the first of a claim's passes runs out, RFC 3339; `None` where none does."""
        found = [s.valid_until for s in self.standings[claim.id] if s.is_ending and s.valid_until]
        return min(found, default=None)


def load(root: Path, now: datetime) -> Book:
    """
    The book of the project at `root`, judged at the aware instant `now`.

    Raises `RunbookError` with all that is wrong with the pages, `PolicyError` with what is wrong
    with gates.toml, and `ReportError` for a damaged count of faults; damage of the log is part of
    the book.
    """
    read = _read(root, state(root))
    promises = [
        Promise(claim=claim, check_digest=_check(claim, read, root), owner=runbook.owner)
        for runbook in read.runbooks.values()
        for claim in runbook.claims
    ]
    return Book(
        now=now,
        runbooks=read.runbooks,
        standings=standings(promises, read.evidence, read.policy, now),
        seen=read.seen,
        decisions=decisions(tuple(promises), read.log, read.policy, now),
        testimonies=read.log.testimonies,
        signers={key: who.name for who in read.policy.principals for key in who.keys},
        damaged=read.log.damage,
        loads=read.loads,
        drills=tuple(drill for _, drill in rehearsals(read.log, read.policy)),
    )


def decisions(
    promises: tuple[Promise, ...], log: Log, policy: Policy, now: datetime
) -> tuple[Decision, ...]:
    """What each gate answers at the aware instant `now`; nothing is recorded."""
    asked = (
        Question(gate=gate, policy=policy, promises=promises, log=log, now=now)
        for gate in policy.gates.values()
    )
    return tuple(decide(question) for question in asked)


def _check(claim: Claim, read: _Read, root: Path) -> str:
    """The digest of a claim's check as it is now; "" where nobody has seen one, or it is gone."""
    for _, record in reversed(read.evidence.of(claim)):
        if record.note == NO_CHECK:
            return ""
        if record.cases:
            file = root / record.cases[0].nodeid.partition("::")[0]
            return read.sources.digest(file) if file.is_file() else ""
    return ""


#: Files that the book is read from.
_FILES = (
    project.MARK,
    "runbooks/**/*.md",
    "checks/**/*.py",
    f"{DEFAULT}/log/**/*",
    f"{DEFAULT}/evidence/*",
    f"{seen.FAULTS}/*.json",
    owned.FILE,
)

_State = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """The files of a project, as they are in one state."""

    runbooks: Mapping[str, Runbook]
    evidence: Evidence
    policy: Policy
    seen: Mapping[str, Seen]
    sources: Sources
    log: Log
    loads: tuple[Load, ...]


def state(root: Path) -> _State:
    """Path, time of change and size of every file that the book at `root` is read from."""
    found = sorted(file for pattern in _FILES for file in root.glob(pattern))
    return tuple(fact for file in found if (fact := _fact(file)))


def _fact(file: Path) -> tuple[str, int, int] | None:
    """Of one file; `None` of what is none, or is only being written: a run may be under way."""
    if file.name.startswith("."):
        return None
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return (str(file), found.st_mtime_ns, found.st_size) if S_ISREG(found.st_mode) else None


@lru_cache(maxsize=1)
def _read(root: Path, state: _State) -> _Read:
    """The files of a project as they are in one state."""
    del state
    log = load_log(root / DEFAULT)
    laid_out = evidence(log)
    return _Read(
        runbooks={runbook.path: runbook for runbook in read_all(project.pages(root))},
        evidence=laid_out,
        policy=policy(root),
        seen=seen.read_all(root),
        sources=Sources(root),
        log=log,
        loads=loads_of(laid_out, Store(root / DEFAULT).evidence),
    )


def policy(root: Path) -> Policy:
    """Who may say what in the project at `root`: as gates.toml says, and this clone's own key."""
    said = parse((root / project.MARK).read_text("utf-8"), project.MARK)
    key = own_key(root)
    if key is None or said.principal(key.fingerprint):
        return said
    own = Principal(name="this clone", keys=(key.fingerprint,), roles=frozenset({LOCAL}))
    return replace(said, principals=(*said.principals, own))
