"""What would settle each claim that does not hold: a run, an answer, a signature, or work."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from proofbook.evidence import NO_CHECK
from proofbook.gate.losses import GONE
from proofbook.judging.wording import REWORDED
from proofbook.report.steps import next_step
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.gate.decision import Answer, Decision
    from proofbook.gate.question import Question
    from proofbook.judging import Archive, Standing
    from proofbook.policy import Row

#: So many of the last runs say how long a check usually takes.
_USUAL = 5

#: Kinds of needs, those first that no machine can settle before a person has worked.
WRITE, MEND, PROVIDE, BRING_BACK, SIGN, ANSWER, RUN = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What settles one claim in one place."""

    claim: str
    kind: int
    #: The target to run it on or to answer for; "" where any will do.
    target: str = ""
    #: What to do, where the kind does not say all: the line to add to a target.
    remedy: str = ""
    #: The role that must answer or sign; "" where nobody must.
    role: str = ""
    people: tuple[str, ...] = ()
    #: So many runs, of so many seconds each if that is known.
    times: int = 1
    seconds: float | None = None


def needs(decision: Decision, question: Question, laid_out: Archive) -> tuple[Need, ...]:
    """Every need once: rows that one piece of evidence settles share it."""
    owners = {promise.claim.id: promise.owner for promise in question.promises}
    rows = {row.name: row for row in question.gate.rows}
    found: dict[tuple[str, int, str, str], Need] = {}
    for answer in decision.unmet:
        for need in _of(answer, rows.get(answer.row), question, laid_out, owners):
            found.setdefault((need.claim, need.kind, need.target, need.role), need)
    return tuple(found.values())


def _of(
    answer: Answer,
    row: Row | None,
    question: Question,
    laid_out: Archive,
    owners: dict[str, str | None],
) -> Iterator[Need]:
    standing = answer.standing
    claim = standing.claim
    if answer.row == GONE or row is None:
        people = _names(question, question.gate.retired_by)
        yield Need(claim=claim.id, kind=BRING_BACK, people=people)
        return
    target = _target(standing, row, question, laid_out)
    if claim.by:
        yield from _of_people(standing, target, question)
    elif standing.reason == NO_CHECK:
        yield Need(claim=claim.id, kind=WRITE)
    elif standing.reason.startswith(REWORDED) and owners.get(claim.id):
        owner = owners[claim.id] or ""
        yield Need(claim=claim.id, kind=SIGN, role=owner, people=_names(question, {owner}))
    else:
        yield _of_machine(standing, target, question, laid_out)


def _of_people(standing: Standing, target: str, question: Question) -> Iterator[Need]:
    """An answer of each role that has given none that counts."""
    given = {
        str(act.body.get("role"))
        for act in standing.answers
        if standing.judged is Verdict.PASS and act.body.get("answer") != "no"
    }
    for role in standing.claim.by:
        if role not in given:
            yield Need(
                claim=standing.claim.id,
                kind=ANSWER,
                target=target,
                role=role,
                people=_names(question, {role}),
            )


def _of_machine(standing: Standing, target: str, question: Question, laid_out: Archive) -> Need:
    """Another run; with work before it where it failed, or where the target does not let it be asked."""
    record, run = standing.record, standing.testimony.run if standing.testimony else None
    seconds = _usual(standing.claim.id, laid_out)
    if standing.judged is Verdict.FAIL:
        times = question.gate.clean_reruns
        return Need(claim=standing.claim.id, kind=MEND, target=target, times=times, seconds=seconds)
    if record and run and not record.asked and standing.judged is Verdict.NO_VERDICT:
        remedy = next_step(record, run)
        return Need(
            claim=standing.claim.id, kind=PROVIDE, target=target, remedy=remedy, seconds=seconds
        )
    return Need(claim=standing.claim.id, kind=RUN, target=target, seconds=seconds)


def _target(standing: Standing, row: Row, question: Question, laid_out: Archive) -> str:
    """Where the evidence is to come from: where it was, where it is asked for, where it can be."""
    if standing.testimony:
        return standing.testimony.run.target
    if question.target and row.fits(question.target, question.kind or ""):
        return question.target
    seen = {entry.run.target: entry.run.kind for entry in laid_out.entries}
    named = [word for word in row.on if word in seen]
    fit = [target for target, kind in reversed(seen.items()) if row.fits(target, kind)]
    return next(iter((*named, *fit)), "")


def _usual(claim: str, laid_out: Archive) -> float | None:
    """Seconds: the middle of what its last runs took; `None` if it never ran."""
    took = [
        record.seconds
        for entry in reversed(laid_out.entries)
        if (record := entry.records.get(claim)) and record.seconds
    ][:_USUAL]
    return median(took) if took else None


def _names(question: Question, roles: frozenset[str] | set[str]) -> tuple[str, ...]:
    found = (each.name for role in sorted(roles) for each in question.policy.holders(role))
    return tuple(dict.fromkeys(found))
