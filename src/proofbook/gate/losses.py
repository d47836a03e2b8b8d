"""What was there before and is not any more: chains behind a head that somebody saw, and claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.acts import Retirement, Ruling
from proofbook.claims.model import Claim
from proofbook.errors import Place
from proofbook.gate.decision import Answer, Shut
from proofbook.judging import Standing
from proofbook.log import head
from proofbook.report import Exit
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.acts import Cited
    from proofbook.gate.question import Question
    from proofbook.judging import Archive
    from proofbook.log import Head

#: The row of a claim that no row can choose any more.
GONE = "an earlier decision"


def lost(question: Question, laid_out: Archive) -> Iterator[Shut]:
    """Damage, acts that are none, and heads that the log does not go on from."""
    for damage in question.log.damage:
        yield _shut(f"{damage.place}: {damage.what}", damage.remedy)
    for act, why in laid_out.unreadable:
        yield _shut(
            f"log/{act.head.chain}.jsonl: this {act.kind} is none: {why}",
            "Bring the file back from a copy.",
        )
    seen = _seen(laid_out)
    for pinned in question.log.lacks(question.pins | seen.keys()):
        by = "that was pinned" if pinned in question.pins else f"that {seen[pinned]} saw"
        yield _shut(
            f"the log does not go on from {pinned}, a head {by}",
            "It was cut or exchanged since: bring the whole store back.",
        )


def _shut(what: str, remedy: str) -> Shut:
    return Shut(what=what, remedy=remedy, exit=Exit.LOG)


def _seen(laid_out: Archive) -> dict[Head, str]:
    """Every head that a decision saw → which."""
    return {
        head(text): f"the decision on {ruling.gate} of {act.at.isoformat()}"
        for act, ruling in laid_out.spoken(Ruling)
        for text in ruling.heads
    }


def vanished(question: Question, laid_out: Archive) -> Iterator[Answer]:
    """The claims that this gate once decided on, and that no runbook states and nobody retired."""
    there = {promise.claim.id for promise in question.promises}
    there |= {promise.claim.formerly for promise in question.promises if promise.claim.formerly}
    gone: dict[str, Cited] = {}
    for _, ruling in laid_out.spoken(Ruling):
        if ruling.gate == question.gate.name:
            gone |= {each.claim: each for each in ruling.claims if each.claim not in there}
    for retired in _retired(question, laid_out):
        gone.pop(retired, None)
    for id_ in sorted(gone):
        why = "no runbook states it any more, and its retirement is not signed"
        standing = Standing(claim=_as_it_was(gone[id_]), judged=Verdict.NO_VERDICT, reason=why)
        yield Answer(row=GONE, standing=standing, holds=False, why=why)


def _retired(question: Question, laid_out: Archive) -> Iterator[str]:
    for act, word in laid_out.spoken(Retirement):
        if act.at <= question.now and question.policy.speakers(
            act.signers, question.gate.retired_by, dated=act.at, now=question.now
        ):
            yield word.claim


def _as_it_was(cited: Cited) -> Claim:
    path, _, line = cited.place.rpartition(":")
    return Claim(
        id=cited.claim,
        sentence=cited.sentence,
        values=(),
        place=Place(path, int(line)),
        digest=cited.digest,
    )
