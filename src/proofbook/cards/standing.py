"""
How a claim stands on each target, by the evidence of all runs and the time it is.

The run that counts is the one opened last, of those without a planted fault, in which the claim was
wanted. Evidence for another sentence or another check is stale, and so is a pass that has run out or
that was found on another release than the newest one seen there. A claim that no run knows has one standing, on
no target: `no_verdict`, never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.evidence import NOT_SELECTED
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proofbook.claims import Claim
    from proofbook.evidence import Record, Run

#: A case's node id → the digest of its check as it is now; `None` where that cannot be told.
CheckDigest = Callable[[str], str | None]

NEVER_RUN = "never run"
#: So many of the last runs make the small picture of a claim's history.
_REMEMBERED = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one run said of a claim."""

    run: str
    #: RFC 3339.
    started: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a claim on one target."""

    verdict: Verdict
    #: Empty for a pass.
    reason: str
    #: The run that counts and what it recorded; `None` where the claim was never run.
    run: Run | None = None
    record: Record | None = None
    #: The last runs of this target in which the claim was wanted, the newest last.
    history: tuple[Mark, ...] = ()

    @property
    def target(self) -> str | None:
        """Where it was proved; `None` where the claim was never run."""
        return self.run.target if self.run else None

    @property
    def valid_until(self) -> str | None:
        """Until when this verdict lasts, RFC 3339; `None`: as long as the release."""
        return self.record.valid_until if self.record else None


def standings(
    claim: Claim, runs: Sequence[Run], now: datetime, check_digest: CheckDigest
) -> tuple[Standing, ...]:
    """
    How `claim` stands on each target of `runs`, by the target's name, at the aware instant `now`.

    `runs` is in the order in which the runs opened.
    """
    judged = [run for run in runs if run.fault is None]
    targets = sorted({run.target for run in judged})
    found = [
        _standing(claim, [run for run in judged if run.target == target], now, check_digest)
        for target in targets
    ]
    known = tuple(standing for standing in found if standing is not None)
    awaited = f"awaits {' and '.join(claim.by)}" if claim.by else NEVER_RUN
    return known or (Standing(verdict=Verdict.NO_VERDICT, reason=awaited),)


def _standing(
    claim: Claim, runs: Sequence[Run], now: datetime, check_digest: CheckDigest
) -> Standing | None:
    """How a claim stands on the one target of `runs`; `None` where it was never wanted."""
    wanted = [(run, record) for run in runs if (record := _wanted(claim, run))]
    if not wanted:
        return None
    run, record = wanted[-1]
    verdict, reason = run.verdict(record), run.reason(record)
    aged = _aged(claim, run, record, now) or _moved(claim, run, runs[-1])
    check = check_digest(record.cases[0].nodeid) if record.cases else None
    if record.claim_digest != claim.digest:
        verdict, reason = Verdict.STALE, f"its sentence has changed since: it was {verdict}"
    elif check not in (None, record.check_digest):
        verdict, reason = Verdict.STALE, f"its check has changed since: it was {verdict}"
    elif datetime.fromisoformat(run.started) > now:
        verdict, reason = (
            Verdict.NO_VERDICT,
            f"its run is dated {run.started}, which is yet to come",
        )
    elif verdict is Verdict.PASS and aged:
        verdict, reason = Verdict.STALE, aged
    marks = (Mark(run=r.id, started=r.started, verdict=r.verdict(found)) for r, found in wanted)
    return Standing(
        verdict=verdict,
        reason=reason,
        run=run,
        record=record,
        history=tuple(marks)[-_REMEMBERED:],
    )


def _wanted(claim: Claim, run: Run) -> Record | None:
    """What `run` recorded of a claim, under its former name if need be, unless it left it out."""
    named = [record for record in run.records if record.claim in (claim.id, claim.formerly)]
    return next((record for record in named if record.note != NOT_SELECTED), None)


def _aged(claim: Claim, run: Run, record: Record, now: datetime) -> str:
    """Why the evidence is too old; empty where it is not."""
    if record.valid_until and datetime.fromisoformat(record.valid_until) < now:
        return f"it ran out on {record.valid_until}"
    if claim.valid_for and datetime.fromisoformat(run.started) + claim.valid_for < now:
        return "its evidence is older than the sentence allows"
    return ""


def _moved(claim: Claim, run: Run, newest: Run) -> str:
    """Why the evidence is of another release than the newest seen; empty where it is not."""
    if claim.valid_for:
        return ""
    parts = _parts(claim, run.release)
    changed = [
        part for part in parts if part in newest.release and newest.release[part] != parts[part]
    ]
    return f"{', '.join(changed)} has another release by now" if changed else ""


def _parts(claim: Claim, release: Mapping[str, str]) -> Mapping[str, str]:
    """The components of a release that the claim's system has; all of them where none is named so."""
    own = {part: text for part, text in release.items() if part.split(".")[0] == claim.system}
    return own or release
