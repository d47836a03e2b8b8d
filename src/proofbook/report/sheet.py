"""
What every export is made from: claims with what is said of each, and where, when and on what.

`of_run` says what one run found out. Whoever has judged more than one run (a waiver, an age, a
failure that one lucky try did not clear) lays that verdict over the record; the exports do not know
the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from proofbook.evidence import NOT_SELECTED, Record
from proofbook.report.summary import position
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proofbook.claims.model import Claim
    from proofbook.evidence import Attachment, Attempt, Run


#: What is said where no claim was looked at.
NOTHING = "nothing was inspected"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is said of one claim."""

    #: The record that the verdict rests on; without cases where there is none.
    record: Record
    verdict: Verdict
    #: Empty for a pass.
    reason: str
    #: Until when the verdict lasts, RFC 3339; `None`: as long as the release.
    valid_until: str | None = None
    #: So many tries of so many were no pass, although this is one.
    flaky: tuple[int, int] | None = None
    #: False where the command line left the claim out.
    selected: bool = True

    @cached_property
    def earlier(self) -> tuple[Attempt, ...]:
        """The attempts that another one followed."""
        return tuple(a for case in self.record.cases for a in case.attempts[:-1])

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """What was kept of all attempts, each once."""
        attempts = (a for case in self.record.cases for a in case.attempts)
        return tuple(dict.fromkeys(kept for a in attempts for kept in a.attachments))

    @cached_property
    def details(self) -> str:
        """What all attempts printed, in order; empty where none did."""
        attempts = (a for case in self.record.cases for a in case.attempts)
        return "\n".join(attempt.details for attempt in attempts if attempt.details)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Claims with what is said of them, and the facts that hold for all of it."""

    #: Of the run, or of whatever else was judged.
    id: str
    #: RFC 3339.
    started: str
    finished: str | None
    suite: str
    target: str
    kind: str
    target_digest: str
    release: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    aborted: str | None = None
    findings: tuple[Finding, ...] = ()
    #: What the whole comes to, in words, where that is more than its findings: `gate x FAILED`.
    title: str = ""
    #: What stands in the way beside all claims: a damaged log, a gate that asks for nothing.
    obstacles: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What every export shows as an error of its own: the obstacles, and that nothing is told."""
        return (*self.obstacles, *(() if self.told else (NOTHING,)))

    @cached_property
    def told(self) -> tuple[Finding, ...]:
        """The findings of claims that were not left out, in reading order."""
        return tuple(
            sorted((f for f in self.findings if f.selected), key=lambda f: position(f.record))
        )

    @property
    def pages(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """Each page of a runbook with its findings, in reading order."""
        grouped = groupby(self.told, key=lambda finding: position(finding.record)[0])
        return tuple((page, tuple(findings)) for page, findings in grouped)

    @property
    def holds(self) -> bool:
        """Whether there is something, all of it told, all of it a pass, and nothing in the way."""
        passed = all(f.selected and f.verdict is Verdict.PASS for f in self.findings)
        return passed and not self.problems


def of_run(run: Run, stated: Iterable[Claim] = ()) -> Sheet:
    """
    What one run says of every claim, those included that it did not ask.

    A log does not say which claims a run left out: `stated` are all that the runbooks state.
    """
    known = {record.claim for record in run.records}
    left_out = (_left_out(claim) for claim in stated if claim.id not in known)
    return Sheet(
        id=run.id,
        started=run.started,
        finished=run.finished,
        suite=run.suite,
        target=run.target,
        kind=run.kind,
        target_digest=run.target_digest,
        release=run.release,
        fault=run.fault,
        aborted=run.aborted,
        findings=(*(_found(run, record) for record in run.records), *left_out),
    )


def bare(claim: Claim, note: str = "") -> Record:
    """The record of a claim of which no run has found out anything."""
    return Record(
        claim=claim.id,
        claim_digest=claim.digest,
        check_digest="",
        place=str(claim.place),
        sentence=claim.sentence,
        note=note,
        wanted=False,
    )


def _left_out(claim: Claim) -> Finding:
    return Finding(
        record=bare(claim, NOT_SELECTED),
        verdict=Verdict.NO_VERDICT,
        reason=NOT_SELECTED,
        selected=False,
    )


def _found(run: Run, record: Record) -> Finding:
    verdict = run.verdict(record)
    return Finding(
        record=record,
        verdict=verdict,
        reason=run.reason(record),
        valid_until=record.valid_until,
        flaky=_flaky(record) if verdict is Verdict.PASS else None,
        selected=record.note != NOT_SELECTED,
    )


def _flaky(record: Record) -> tuple[int, int] | None:
    """How many attempts of how many were no pass; `None` where each was one."""
    attempts = [attempt for case in record.cases for attempt in case.attempts]
    failed = sum(attempt.verdict is not Verdict.PASS for attempt in attempts)
    return (failed, len(attempts)) if failed else None
