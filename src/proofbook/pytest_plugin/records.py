"""One record a claim: what was planned, what was tried, and for how long it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from proofbook.evidence import NO_CHECK, NOT_SELECTED, Attempt, Case, Record
from proofbook.scaling import scale_of, scaled
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from proofbook.claims import Claim
    from proofbook.pytest_plugin.ledger import Ledger
    from proofbook.pytest_plugin.plan import Plan
    from proofbook.pytest_plugin.sources import Sources
    from proofbook.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """Writes records out of a plan and what came of it."""

    plan: Plan
    ledger: Ledger
    sources: Sources
    target: Target

    def record(self, claim: Claim, now: datetime) -> Record:
        """What is known of a claim now."""
        planned = self.plan.cases.get(claim.id, ())
        wanted = self.plan.is_wanted(claim.id)
        lasts = claim.valid_for
        return Record(
            claim=claim.id,
            claim_digest=claim.digest,
            check_digest=self._digest(claim),
            place=str(claim.place),
            sentence=claim.sentence,
            cases=tuple(
                Case(nodeid=c.nodeid, attempts=self.ledger.attempts(c.nodeid)) for c in planned
            )
            if wanted
            else (),
            note="" if planned and wanted else self._note(claim),
            wanted=wanted,
            scaled=scaled(claim, scale_of(claim, self.target.scale)).note,
            valid_until=rfc3339(now + lasts) if lasts else None,
        )

    def planned(self, claim: Claim, record: Record) -> Record:
        """The record of a claim as the run's plan has it, whichever shard asks it."""
        if claim.id not in self.plan.elsewhere:
            return record
        cases = self.plan.cases.get(claim.id, ())
        return replace(
            record,
            cases=tuple(Case(nodeid=case.nodeid) for case in cases),
            note="" if cases else NO_CHECK,
            wanted=True,
        )

    def _digest(self, claim: Claim) -> str:
        """Of the claim's check; "" where there is none, and where this run is not about it."""
        planned = self.plan.cases.get(claim.id, ())
        is_about = self.plan.is_wanted(claim.id) or claim.id in self.plan.elsewhere
        return self.sources.digest(planned[0].path) if planned and is_about else ""

    def _note(self, claim: Claim) -> str:
        if claim.id in self.plan.elsewhere:
            return f"shard {self.plan.elsewhere[claim.id]}/{self.plan.of} asks it"
        if claim.id in self.plan.answered:
            return f"awaits {' and '.join(claim.by)}"
        return NO_CHECK if self.plan.is_wanted(claim.id) else NOT_SELECTED


def doubted(record: Record, why: str) -> Record:
    """The record with no pass left in it: every case that was tried has one more try, without a verdict."""
    return replace(
        record,
        cases=tuple(
            replace(case, attempts=(*case.attempts, _doubt(case, why))) if case.attempts else case
            for case in record.cases
        ),
    )


def rfc3339(instant: datetime) -> str:
    """An aware UTC instant, to the millisecond."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _doubt(case: Case, why: str) -> Attempt:
    return Attempt(verdict=Verdict.NO_VERDICT, asked=case.asked, reason=why)
