"""
How a claim stands on each target, by the whole log and the time it is.

Judged as a gate judges: one row for each target, whose release is that of the newest run there that
can be believed. A waiver is told beside the verdict and changes nothing of it; evidence of lowered
values counts and says so. A log that is damaged passes nothing: nobody knows what the missing part said. A claim that no run
knows has one standing, on no target: `no_verdict`, never run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from proofbook.acts import Waiver
from proofbook.errors import Place
from proofbook.judging import Standing as Judged
from proofbook.judging import Terms, judge
from proofbook.judging.waivers import waived
from proofbook.judging.witness import witness
from proofbook.policy import CI, LOCAL, Gate, Row
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from proofbook.cards.asked import Evidence
    from proofbook.claims import Claim
    from proofbook.evidence import Record, Run
    from proofbook.judging import Archive, Promise
    from proofbook.policy import Policy

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
class Waived:
    """A waiver in force: one gate lets the claim through, whose verdict stays what it is."""

    gate: str
    owner: str
    reason: str
    #: RFC 3339 in UTC.
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a claim on one target."""

    judged: Judged
    #: Where; `None` where the claim was never run.
    target: str | None = None
    kind: str = ""
    #: The last runs of this target in which the claim was asked, the newest last.
    history: tuple[Mark, ...] = ()
    #: What gates let through although it is no pass.
    waivers: tuple[Waived, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The one that everybody shows."""
        return self.judged.verdict

    @property
    def reason(self) -> str:
        """Why it is no pass, or what qualifies one; empty for a plain pass."""
        return self.judged.reason

    @property
    def run(self) -> Run | None:
        """The run that counts; `None` where none does."""
        return self.judged.testimony.run if self.judged.testimony else None

    @property
    def record(self) -> Record | None:
        """What that run recorded of the claim."""
        return self.judged.record

    @property
    def is_ending(self) -> bool:
        """Whether it is a pass that runs out by itself."""
        return self.verdict is Verdict.PASS and self.judged.valid_until is not None

    @property
    def valid_until(self) -> str | None:
        """Until when this verdict lasts, RFC 3339 in UTC; `None`: as long as the release."""
        end = self.judged.valid_until
        return end.astimezone(UTC).isoformat() if end else None


def standings(
    promises: Sequence[Promise], evidence: Evidence, policy: Policy, now: datetime
) -> Mapping[str, tuple[Standing, ...]]:
    """Claim id → how it stands on each target, by the target's name, at the aware instant `now`."""
    found: dict[str, list[Standing]] = {promise.claim.id: [] for promise in promises}
    for target, kind in sorted(evidence.places.items()):
        terms = _terms(target, evidence.laid_out, policy, now)
        asked = [promise for promise in promises if target in evidence.where(promise.claim)]
        for judged in judge(asked, evidence.laid_out, terms):
            found[judged.claim.id].append(
                Standing(
                    judged=_doubted(judged, evidence.damage),
                    target=target,
                    kind=kind,
                    history=_history(judged.claim, target, evidence),
                    waivers=tuple(_waivers(judged, evidence.laid_out, terms)),
                )
            )
    claims = {promise.claim.id: promise.claim for promise in promises}
    return {id_: tuple(some) or (_never(claims[id_]),) for id_, some in found.items()}


def _terms(target: str, laid_out: Archive, policy: Policy, now: datetime) -> Terms:
    """What a page asks of one target: whatever was found there, on the release that is there now."""
    place = Place(policy.path, 1)
    row = Row(select=("*",), on=(target,), scaled=True, place=place)
    trusts = frozenset({CI, LOCAL}.union(*(gate.trusts for gate in policy.gates.values())))
    gate = Gate(name="page", rows=(row,), trusts=trusts, place=place)
    terms = Terms(policy=policy, gate=gate, row=row, target=target, release={}, now=now)
    return replace(terms, release=_release(laid_out, terms))


def _release(laid_out: Archive, terms: Terms) -> Mapping[str, str]:
    """That of the run opened last there whose clock and keys can be believed; else of the last."""
    there = [e for e in laid_out.entries if terms.fits(e.run.target, e.run.kind)]
    for entry in reversed(there):
        seen = witness(entry, terms)
        if not seen.untrusted and not seen.unbelievable:
            return entry.run.release
    return there[-1].run.release if there else {}


def _history(claim: Claim, target: str, evidence: Evidence) -> tuple[Mark, ...]:
    marks = [
        Mark(run=entry.run.id, started=entry.run.started, verdict=entry.run.verdict(record))
        for entry, record in evidence.of(claim)
        if entry.run.target == target
    ]
    return tuple(marks[-_REMEMBERED:])


def _waivers(judged: Judged, laid_out: Archive, terms: Terms) -> Iterator[Waived]:
    """The waiver that each gate takes, where it takes one."""
    words = {act.head: word for act, word in laid_out.spoken(Waiver)}
    for gate in terms.policy.gates.values():
        found = waived(judged, laid_out, replace(terms, gate=gate))
        if found.waiver and found.valid_until:
            word = words[found.waiver.head]
            until = found.valid_until.astimezone(UTC).isoformat()
            yield Waived(gate=gate.name, owner=word.owner, reason=word.reason, until=until)


def _doubted(judged: Judged, damage: str) -> Judged:
    """No pass where the log is damaged."""
    if not damage or judged.judged is not Verdict.PASS:
        return judged
    reason = f"the log is damaged: {damage}"
    return replace(judged, judged=Verdict.NO_VERDICT, reason=reason, valid_until=None, flaky=None)


def _never(claim: Claim) -> Standing:
    reason = f"awaits {' and '.join(claim.by)}" if claim.by else NEVER_RUN
    return Standing(judged=Judged(claim=claim, judged=Verdict.NO_VERDICT, reason=reason))
