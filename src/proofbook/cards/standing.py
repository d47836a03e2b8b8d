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
    from collections.abc import Iterable, Mapping, Sequence

    from proofbook.claims import Claim
    from proofbook.evidence import Record, Run

#: A case's node id → the digest of its check as it is now; `None` where that cannot be told.
CheckDigest = Callable[[str], str | None]

#: A verdict and its reason.
Judgement = tuple[Verdict, str]

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


#: A run, and what it recorded of a claim.
Found = tuple["Run", "Record"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all runs recorded, by claim; runs with a planted fault left out."""

    #: Claim id → every run in which it was wanted, with its record, the last opened last.
    found: Mapping[str, Sequence[Found]]
    #: Target → its run opened last.
    newest: Mapping[str, Run]


def evidence(runs: Iterable[Run]) -> Evidence:
    """The evidence in `runs`, which are in the order in which they opened."""
    found: dict[str, list[Found]] = {}
    newest: dict[str, Run] = {}
    for run in runs:
        if run.fault is None:
            newest[run.target] = run
            for record in run.records:
                if record.note != NOT_SELECTED:
                    found.setdefault(record.claim, []).append((run, record))
    return Evidence(found, newest)


def standings(
    claim: Claim, evidence: Evidence, now: datetime, check_digest: CheckDigest
) -> tuple[Standing, ...]:
    """How `claim` stands on each target, by the target's name, at the aware instant `now`."""
    former = evidence.found.get(claim.formerly, ()) if claim.formerly else ()
    places: dict[str, list[Found]] = {}
    for run, record in (*former, *evidence.found.get(claim.id, ())):
        places.setdefault(run.target, []).append((run, record))
    if not places:
        awaited = f"awaits {' and '.join(claim.by)}" if claim.by else NEVER_RUN
        return (Standing(verdict=Verdict.NO_VERDICT, reason=awaited),)
    return tuple(
        _standing(claim, places[target], evidence.newest[target], now, check_digest)
        for target in sorted(places)
    )


def _standing(
    claim: Claim, found: Sequence[Found], newest: Run, now: datetime, check_digest: CheckDigest
) -> Standing:
    """How a claim stands on one target, by all that was found of it there."""
    run, record = found[-1]
    verdict, reason = run.verdict(record), run.reason(record)
    check = check_digest(record.cases[0].nodeid) if record.cases else None
    aged = _ahead(run, now) or _aged(claim, run, record, now) or _moved(claim, run, newest)
    if record.claim_digest != claim.digest:
        verdict, reason = Verdict.STALE, f"its sentence has changed since: it was {verdict}"
    elif check not in (None, record.check_digest):
        verdict, reason = Verdict.STALE, f"its check has changed since: it was {verdict}"
    elif verdict is Verdict.PASS and aged:
        verdict, reason = aged
    marks = (Mark(run=r.id, started=r.started, verdict=r.verdict(said)) for r, said in found)
    return Standing(
        verdict=verdict,
        reason=reason,
        run=run,
        record=record,
        history=tuple(marks)[-_REMEMBERED:],
    )


def _ahead(run: Run, now: datetime) -> Judgement | None:
    """A run whose clock was ahead proves nothing."""
    if datetime.fromisoformat(run.started) <= now:
        return None
    return Verdict.NO_VERDICT, f"its run is dated {run.started}, which is yet to come"


def _aged(claim: Claim, run: Run, record: Record, now: datetime) -> Judgement | None:
    """Evidence that is too old."""
    if record.valid_until and datetime.fromisoformat(record.valid_until) < now:
        return Verdict.STALE, f"it ran out on {record.valid_until}"
    if claim.valid_for and datetime.fromisoformat(run.started) + claim.valid_for < now:
        return Verdict.STALE, "its evidence is older than the sentence allows"
    return None


def _moved(claim: Claim, run: Run, newest: Run) -> Judgement | None:
    """Evidence of another release than the newest seen on its target."""
    if claim.valid_for:
        return None
    parts = _parts(claim, run.release)
    changed = sorted(part for part in parts if newest.release.get(part, parts[part]) != parts[part])
    if not changed:
        return None
    return Verdict.STALE, f"another release runs there by now: {', '.join(changed)}"


def _parts(claim: Claim, release: Mapping[str, str]) -> Mapping[str, str]:
    """The components of a release that the claim's system has; all of them where none is named so."""
    own = {part: text for part, text in release.items() if part.split(".")[0] == claim.system}
    return own or release
