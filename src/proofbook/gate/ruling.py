"""A decision as what is put on the log: enough to know later what it saw and what it cites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.acts import Cited, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.gate.decision import Answer, Decision
    from proofbook.judging import Standing


def ruling(decision: Decision) -> Ruling:
    """What the log is told of a decision."""
    answers: dict[str, Answer] = {}
    for answer in decision.answers:
        claim = answer.standing.claim.id
        if claim not in answers or answers[claim].holds:
            answers[claim] = answer
    chains = {chain for each in decision.answers for chain in _chains(each.standing)}
    return Ruling(
        gate=decision.gate,
        target=decision.target,
        release=dict(decision.release),
        policy=decision.policy_digest,
        opens=decision.opens,
        exit=int(decision.exit),
        claims=tuple(_cited(answers[claim].standing) for claim in sorted(answers)),
        heads=tuple(map(str, sorted(decision.heads))),
        cites=tuple(sorted(chains)),
    )


def _chains(standing: Standing) -> Iterator[str]:
    """Every chain that the standing rests on."""
    if standing.testimony:
        yield from (head.chain for head in standing.testimony.heads)
    yield from (act.head.chain for act in standing.answers)
    if standing.waiver:
        yield standing.waiver.head.chain


def _cited(standing: Standing) -> Cited:
    claim = standing.claim
    return Cited(
        claim=claim.id,
        verdict=str(standing.verdict),
        digest=claim.digest,
        sentence=claim.sentence,
        place=str(claim.place),
        run=standing.testimony.run.id if standing.testimony else "",
    )
