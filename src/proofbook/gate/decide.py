"""
A gate's yes or no.

    decide(question) -> Decision

A pure function of policy, claims, log and time. The gate opens if the log is whole, goes on from
every head that was pinned or that an earlier decision saw, and each row's claims pass or are waived
as the gate allows. Everything else shuts it, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.gate.decision import Answer, Decision, Shut
from proofbook.gate.losses import lost, vanished
from proofbook.gate.overrides import in_force
from proofbook.judging import Terms, archive, judge
from proofbook.judging.releases import fits
from proofbook.judging.witness import witness
from proofbook.report import Exit
from proofbook.verdicts import Verdict, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proofbook.gate.question import Question
    from proofbook.judging import Archive, Standing
    from proofbook.policy import Row

_OF_VERDICT = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.FAIL,
    Verdict.NO_VERDICT: Exit.NO_VERDICT,
    Verdict.STALE: Exit.STALE,
}


def decide(question: Question) -> Decision:
    """Whether the gate opens, and everything that was looked at."""
    laid_out = archive(question.log)
    release = meant_release(question, laid_out)
    answers, shut = [], [*lost(question, laid_out)]
    for row in question.gate.rows:
        standings = _standings(question, row, laid_out, release)
        shut += _too_few(row, len(standings))
        answers += [_answer(row, standing) for standing in standings]
    answers += vanished(question, laid_out)
    return Decision(
        gate=question.gate.name,
        at=question.now,
        policy_digest=question.policy.digest,
        target=question.target,
        release=release,
        answers=tuple(answers),
        shut=tuple(shut),
        heads=question.log.heads,
        overrides=in_force(question, laid_out, release),
        exit=_exit(answers, shut),
    )


def terms(question: Question, row: Row, release: Mapping[str, str]) -> Terms:
    """What a row asks; the named target narrows the rows that it fits."""
    target, kind = question.target, question.kind
    narrows = target is not None and row.fits(target, kind or "")
    return Terms(
        policy=question.policy,
        gate=question.gate,
        row=row,
        target=target if narrows else None,
        release=release,
        now=question.now,
    )


def meant_release(question: Question, laid_out: Archive) -> Mapping[str, str]:
    """
    Every component of the release that is meant.

    It is that of the run opened last that some row trusts and believes, of those in which whatever
    was named is as it was named: so what was not named is bound, too. Where there is no such run,
    what was named is all.
    """
    rows = [terms(question, row, {}) for row in question.gate.rows]
    for entry in reversed(laid_out.entries):
        if question.release and not fits(question.release, entry.run.release):
            continue
        for each in rows:
            if each.fits(entry.run.target, entry.run.kind):
                seen = witness(entry, each)
                if not seen.untrusted and not seen.unbelievable:
                    return entry.run.release
    return question.release


def _standings(
    question: Question, row: Row, laid_out: Archive, release: Mapping[str, str]
) -> tuple[Standing, ...]:
    chosen = row.chosen([promise.claim.id for promise in question.promises])
    asked = [promise for promise in question.promises if promise.claim.id in chosen]
    return judge(asked, laid_out, terms(question, row, release))


def _too_few(row: Row, count: int) -> Iterator[Shut]:
    if count < row.at_least:
        yield Shut(
            what=f"{row.place}: {row.name} chooses {count} claims, and asks for at least {row.at_least}",
            remedy="Bring the claims back, or lower at_least.",
            exit=Exit.NO_VERDICT,
        )


def _answer(row: Row, standing: Standing) -> Answer:
    holds = standing.verdict in (Verdict.PASS, Verdict.WAIVED)
    return Answer(
        row=row.name, standing=standing, holds=holds, why="" if holds else standing.reason
    )


def _exit(answers: Iterable[Answer], shut: Iterable[Shut]) -> Exit:
    """The log before all; then the worst of what does not hold; trust where nothing is worse."""
    unmet = [answer.standing for answer in answers if not answer.holds]
    exits = [each.exit for each in shut]
    if Exit.LOG in exits:
        return Exit.LOG
    if not unmet and not exits:
        return Exit.PASS if answers else Exit.NO_VERDICT
    verdicts = [standing.judged for standing in unmet]
    worst = joined([*verdicts, *(Verdict.NO_VERDICT for _ in exits)])
    if worst is Verdict.NO_VERDICT and any(standing.untrusted for standing in unmet):
        return Exit.LOG
    return _OF_VERDICT[worst]
