"""
A small shop whose claims are all proved, so that each way of having no proof takes away one thing.

A scene is written to a store on the disk, as runs and people write it, and read back: a gate decides
on it, every export and every page is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from proofbook.acts import SignOff, Waiver, body, kind_of
from proofbook.claims import read_all
from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.gate import Question, decide
from proofbook.judging import Promise
from proofbook.policy import parse
from proofbook.signing import line_of, sshsig
from proofbook.signing.private import SigningKey
from proofbook.store import act_payload, append_act, load
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import book_of
from tests.engine.stores import put_run

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.acts import Said
    from proofbook.cards.book import Book
    from proofbook.gate import Decision
    from proofbook.log import Head, Log
    from proofbook.policy import Policy

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RELEASE = {"shop.api": "sha256:" + "ab" * 32}
OTHER_RELEASE = {"shop.api": "sha256:" + "cd" * 32}
CHECK = "d" * 64
PATH = "runbooks/shop/selling.md"
PAGE = """\
---
owner: Owner
escalation: "#shop"
---

# Selling

> **shop.sold-once** — With `buyers = 4`, one buys.

> **shop.paid-once** — Each order is paid once.

> **shop.restored** — A restore is rehearsed (`valid_for = 30 d`).

> **shop.read** — Who is on call has read this page (`by = "SRE"`).
"""
#: The claim that loses its proof.
SOLD, PAID, RESTORED, READ = "shop.sold-once", "shop.paid-once", "shop.restored", "shop.read"


def key(name: str) -> SigningKey:
    """Somebody's key."""
    return SigningKey(sha256(name.encode()).digest())


CI, ADA, BOB, THIEF = (key(name) for name in ("ci", "ada", "bob", "thief"))
POLICY = f"""\
schema = 1
[principals.ci]
keys = ["{line_of(CI.public)}"]
roles = ["ci"]
[principals.ada]
keys = ["{line_of(ADA.public)}"]
roles = ["SRE"]
[principals.bob]
keys = ["{line_of(BOB.public)}"]
roles = ["cook", "Owner"]
[gates.promote]
waivers = "shop.*"
never_waived = "shop.paid-once"
waived_by = "SRE"
retired_by = "Owner"
overridden_by = ["SRE", "Owner"]
rows = [{{ select = "shop", on = "twin", max_age = "40 d", at_least = 4 }}]
"""


def attempt(verdict: Verdict = Verdict.PASS, reason: str = "", **more: Any) -> Attempt:
    """One try."""
    return replace(Attempt(verdict=verdict, reason=reason, seconds=0.5), **more)


@dataclass
class Scene:
    """What there is before anybody asks; each way of having no proof changes one thing of it."""

    folder: Path
    page: str = PAGE
    policy: str = POLICY
    check: str = CHECK
    now: datetime = NOON
    release: dict[str, str] = field(default_factory=dict)
    pins: frozenset[Head] = frozenset()
    #: Runs still to be written, each with the key that signs it.
    runs: list[tuple[Run, SigningKey]] = field(default_factory=list)
    answered: bool = True
    #: The heads of the runs that are written.
    heads: list[Head] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runs = [(self.run(), CI)]

    def record(self, claim: str, *attempts: Attempt, **more: Any) -> Record:
        """What a run found out of a claim; one try that held if nothing else is said."""
        stated = self.claims[claim]
        nodeid = f"checks/shop/test_x.py::{claim}"
        made = Record(
            claim=claim,
            claim_digest=stated.digest,
            check_digest=CHECK,
            place=str(stated.place),
            sentence=stated.sentence,
            cases=(Case(nodeid=nodeid, attempts=attempts or (attempt(),)),),
        )
        return replace(made, **more)

    def run(self, *records: Record, at: datetime = NOON - HOUR, **more: Any) -> Run:
        """A run of all claims that a check holds, in which all hold but those that are said."""
        said = {record.claim: record for record in records}
        made = Run(
            id=f"{at:%Y%m%dT%H%M%SZ}-000000",
            started=at.isoformat(),
            finished=(at + timedelta(minutes=1)).isoformat(),
            suite="5" * 40,
            target="copy",
            kind="twin",
            target_digest="e" * 64,
            release=RELEASE,
            records=tuple(said.get(id_) or self.record(id_) for id_ in (SOLD, PAID, RESTORED)),
        )
        return replace(made, **more)

    def instead(self, *records: Record, by: SigningKey = CI, **more: Any) -> None:
        """Another run in the place of the one that holds."""
        self.runs = [(self.run(*records, **more), by)]

    def add(self, *records: Record, at: datetime, by: SigningKey = CI, **more: Any) -> None:
        """One more run."""
        self.runs.append((self.run(*records, at=at, **more), by))

    def say(self, word: Said, *people: SigningKey, at: datetime = NOON - HOUR) -> Head:
        """Somebody's act, signed with the key that they have."""
        payload = act_payload(kind_of(word), at, body(word), "5" * 40)
        return append_act(
            self.folder, payload, [sshsig.sign(payload, each.seed) for each in people]
        )

    def answer(self, by: SigningKey = ADA, at: datetime = NOON - HOUR, **more: Any) -> Head:
        """The answer to the claim that people answer."""
        word = SignOff(
            claim=READ,
            digest=self.claims[READ].digest,
            target="copy",
            kind="twin",
            release=RELEASE,
            role="SRE",
            answer="yes",
            note="read it",
            until="2026-12-01T00:00:00Z",
        )
        self.answered = False
        return self.say(replace(word, **more), by, at=at)

    def waive(self, claim: str = SOLD, by: SigningKey = ADA, **more: Any) -> Head:
        """A waiver of a failure."""
        word = Waiver(
            claim=claim,
            digest=self.claims[claim].digest,
            target="copy",
            kind="twin",
            verdict="fail",
            owner="ada",
            reason="known",
            until="2026-11-25T00:00:00Z",
        )
        return self.say(replace(word, **more), by)

    def write(self) -> None:
        """Put everything on the disk."""
        for run, by in self.runs:
            self.heads.append(put_run(self.folder, run, by))
        self.runs = []
        if self.answered:
            self.answer()

    @property
    def claims(self) -> dict[str, Any]:
        """The claims as the page states them before anybody changes it."""
        return {claim.id: claim for claim in read_all({PATH: PAGE})[0].claims}

    @property
    def chain(self) -> Path:
        """The file of the run."""
        return self.folder / "log" / f"{self.heads[0].chain}.jsonl"

    def load(self) -> Log:
        """What the store holds now."""
        self.write()
        return load(self.folder)

    def promises(self) -> tuple[Promise, ...]:
        """The claims of the page, with their checks."""
        (runbook,) = read_all({PATH: self.page})
        return tuple(
            Promise(claim=c, check_digest="" if c.by else self.check, owner="Owner")
            for c in runbook.claims
        )

    def rules(self) -> Policy:
        """The policy as a value."""
        return parse(self.policy, "gates.toml")


@dataclass(frozen=True)
class Seen:
    """A gate's decision and the pages, of one log."""

    decision: Decision
    book: Book


def look(scene: Scene) -> Seen:
    """Let the gate decide, and make the book of the pages."""
    log, policy, asked = scene.load(), scene.rules(), scene.promises()
    question = Question(
        gate=policy.gates["promote"],
        policy=policy,
        promises=asked,
        log=log,
        now=scene.now,
        release=scene.release,
        pins=scene.pins,
    )
    known = {PATH: read_all({PATH: scene.page})[0]}
    return Seen(decide(question), book_of(known, asked, log, policy, scene.now))
