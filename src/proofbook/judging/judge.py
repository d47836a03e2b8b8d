"""
The verdict of each claim under the terms of one row.

    judge(promises, archive, terms) -> one standing for each promise, in their order

Judged is within (claim, target, release, sentence, check): the run opened last in that scope
speaks. Evidence outside of it is stale, and says what has changed. A claim that states `valid_for`
is bound to its age instead of a release. Where several targets fit the row, a fail on any is a
fail. Values go in and come out; the time is one of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.evidence import NO_CHECK, NOT_SELECTED
from proofbook.judging.answers import answered
from proofbook.judging.standing import Standing
from proofbook.judging.timeline import Outcome, outcome
from proofbook.judging.waivers import waived
from proofbook.judging.witness import witness
from proofbook.judging.wording import difference
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from proofbook.judging.archive import Archive
    from proofbook.judging.promise import Promise
    from proofbook.judging.terms import Terms
    from proofbook.judging.timeline import Found

#: The first of these that several targets come to; what is no fail gives way to a pass elsewhere.
_ORDER = (Verdict.FAIL, Verdict.PASS, Verdict.NO_VERDICT, Verdict.STALE)


def judge(promises: Iterable[Promise], archive: Archive, terms: Terms) -> tuple[Standing, ...]:
    """How each claim stands under the terms."""
    found = _found(archive, terms)
    return tuple(
        waived(_standing(promise, found, archive, terms), archive, terms) for promise in promises
    )


def _found(archive: Archive, terms: Terms) -> Mapping[str, list[Found]]:
    """Claim → every run that fits the row and asked it, with its record, the last opened last."""
    found: dict[str, list[Found]] = {}
    for entry in archive.entries:
        if terms.fits(entry.run.target, entry.run.kind):
            seen = witness(entry, terms)
            for claim, record in entry.records.items():
                if record.note != NOT_SELECTED:
                    found.setdefault(claim, []).append((seen, record))
    return found


def _standing(
    promise: Promise, found: Mapping[str, list[Found]], archive: Archive, terms: Terms
) -> Standing:
    claim = promise.claim
    if claim.by:
        return answered(promise, archive, terms)
    if not promise.check_digest:
        return Standing(claim=claim, judged=Verdict.NO_VERDICT, reason=NO_CHECK)
    mine: Sequence[Found] = found.get(claim.id, ())
    if claim.formerly:
        former = found.get(claim.formerly, ())
        mine = sorted((*former, *mine), key=lambda each: (each[0].entry.opened, each[0].run.id))
    if not mine:
        where = terms.target or " or ".join(terms.row.on)
        return Standing(claim=claim, judged=Verdict.NO_VERDICT, reason=f"never run on {where}")
    outcomes = [_of_target(promise, each, archive, terms) for each in _by_target(mine)]
    best = min(reversed(outcomes), key=lambda each: _ORDER.index(each.verdict))
    return _settled(promise, best, terms)


def _by_target(found: Sequence[Found]) -> Iterable[Sequence[Found]]:
    first = found[0][0].run.target
    if all(witness.run.target == first for witness, _ in found):
        return (found,)
    targets: dict[str, list[Found]] = {}
    for each in found:
        targets.setdefault(each[0].run.target, []).append(each)
    return targets.values()


def _of_target(promise: Promise, found: Sequence[Found], archive: Archive, terms: Terms) -> Outcome:
    """What the runs of one target come to."""
    inside = [each for each in found if not _outside(promise, each, archive, terms)]
    gate, row = terms.gate, terms.row
    if not inside:
        witness, record = last = found[-1]
        was = witness.run.verdict(record)
        if was is Verdict.PASS and witness.untrusted:
            return outcome([last], clean_reruns=gate.clean_reruns, scaled=row.scaled)
        why = _outside(promise, last, archive, terms)
        return Outcome(verdict=Verdict.STALE, reason=f"{why}; it was {was}", found=last)
    return outcome(inside, clean_reruns=gate.clean_reruns, scaled=row.scaled)


def _outside(promise: Promise, found: Found, archive: Archive, terms: Terms) -> str:
    """Why a run's record is not of what the claim is today; empty if it is."""
    witness, record = found
    claim = promise.claim
    if record.claim_digest != claim.digest:
        changed = difference(promise, record, archive, terms)
        if changed:
            return f"{changed} (run {witness.run.id})"
    if record.check_digest != promise.check_digest:
        return f"its check has changed since run {witness.run.id}"
    if claim.valid_for is None and (moved := witness.moved(claim.system)):
        return f"another release by now: {moved} (run {witness.run.id})"
    return ""


def _settled(promise: Promise, outcome: Outcome, terms: Terms) -> Standing:
    """The outcome as a standing; a pass that has run out is stale."""
    witness, record = outcome.found
    until = _until(promise, outcome.found, terms)
    verdict, reason = outcome.verdict, outcome.reason
    if verdict is Verdict.PASS and until is not None and until <= terms.now:
        verdict, reason = (
            Verdict.STALE,
            f"its evidence ran out on {until.isoformat()} (run {witness.run.id})",
        )
    return Standing(
        claim=promise.claim,
        judged=verdict,
        reason=reason,
        testimony=witness.entry.testimony,
        record=record,
        valid_until=until if verdict in (Verdict.PASS, Verdict.STALE) else None,
        flaky=outcome.flaky,
        untrusted=outcome.untrusted,
    )


def _until(promise: Promise, found: Found, terms: Terms) -> datetime | None:
    """When a pass runs out: by the sentence of then, by today's, or by the row, whichever is first."""
    witness, record = found
    opened = witness.entry.opened
    limits = [opened + span for span in (promise.claim.valid_for, terms.row.max_age) if span]
    if record.valid_until:
        limits.append(datetime.fromisoformat(record.valid_until))
    return min(limits, default=None)
