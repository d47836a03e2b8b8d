"""
What a run says before it begins, and when it ends: the bodies of its first and its last entry.

A plan holds the run without its records, the shard that the chain is of, and every claim that is
going to be asked or that awaits a person, with the cases of its check.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from proofbook.evidence import Case, Record, Run  # noqa: TC001 - `built` reads annotations
from proofbook.runs.fields import built, plain_fields

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A claim of a plan."""

    claim: str
    claim_digest: str
    #: "" where no check is bound to it.
    check_digest: str
    #: `path:line` of the sentence.
    place: str
    sentence: str
    #: Node ids of all its cases.
    cases: tuple[str, ...]
    note: str
    #: Whether the exit code depends on it.
    wanted: bool
    #: The shard that asks it, from 1.
    shard: int

    def is_of(self, record: Record) -> bool:
        """Whether a record is of this claim as it was planned; its attempts aside."""
        return (
            record.claim == self.claim
            and record.claim_digest == self.claim_digest
            and record.check_digest == self.check_digest
            and record.place == self.place
            and record.sentence == self.sentence
            and tuple(case.nodeid for case in record.cases) == self.cases
            and record.note == self.note
            and record.wanted is self.wanted
        )

    def record(self) -> Record:
        """What is known before anything ran: its cases, none of them tried."""
        return Record(
            claim=self.claim,
            claim_digest=self.claim_digest,
            check_digest=self.check_digest,
            place=self.place,
            sentence=self.sentence,
            cases=tuple(Case(nodeid=nodeid) for nodeid in self.cases),
            note=self.note,
            wanted=self.wanted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a chain of a run begins with."""

    #: The chain's name: a file that was given another is no evidence.
    chain: str
    #: What the deployment said it is; "" where the target does not ask.
    identity: str
    #: Without records, and without an end.
    run: Run
    #: Which shard of the run the chain is, from 1, and of how many.
    shard: int
    of: int
    claims: tuple[Planned, ...]

    @property
    def shards(self) -> dict[str, int]:
        """Claim → its shard; empty where there is one."""
        return {each.claim: each.shard for each in self.claims} if self.of > 1 else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What a chain of a run ends with."""

    #: RFC 3339, UTC.
    finished: str
    aborted: str | None


def planned(record: Record, shard: int = 1) -> Planned:
    """A claim of a plan from the record that stands for it while nothing has run."""
    return Planned(
        claim=record.claim,
        claim_digest=record.claim_digest,
        check_digest=record.check_digest,
        place=record.place,
        sentence=record.sentence,
        cases=tuple(case.nodeid for case in record.cases),
        note=record.note,
        wanted=record.wanted,
        shard=shard,
    )


def body(value: Plan | End) -> dict[str, object]:
    """The body of an entry."""
    if isinstance(value, Plan):
        bare = replace(value.run, records=(), finished=None, aborted=None)
        return plain_fields(replace(value, run=bare))
    return plain_fields(value)


def plan(body: Mapping[str, Any]) -> Plan:
    """The plan in a body; `ValueError` if there is none."""
    found = built(Plan, dict(body), "plan")
    if not 1 <= found.shard <= found.of:
        raise ValueError(f"it is shard {found.shard} of {found.of}")
    if found.run.records or found.run.finished or found.run.aborted:
        raise ValueError("its run has ended before it began")
    instant(found.run.started)
    twice = [each.claim for each in found.claims]
    if len(set(twice)) != len(twice):
        raise ValueError("a claim is planned twice")
    return found


def end(body: Mapping[str, Any]) -> End:
    """The end in a body; `ValueError` if there is none."""
    found = built(End, dict(body), "end")
    instant(found.finished)
    return found


def instant(text: str) -> datetime:
    """The instant that RFC 3339 text with an offset means; `ValueError` for any other text."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} is an instant without an offset")
    return found
