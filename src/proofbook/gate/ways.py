"""
The cheapest way to green: the least that must be done, each thing once, with the command to copy.

One run settles all claims that it asks, so what is to be run on one target is one way.
"""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from proofbook.gate import needs as kinds
from proofbook.gate.decision import Way
from proofbook.gate.needs import needs
from proofbook.judging import archive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.gate.decision import Decision
    from proofbook.gate.needs import Need
    from proofbook.gate.question import Question

#: A command with more claims than that names the gate instead of them.
_NAMED = 6


def ways(decision: Decision, question: Question) -> tuple[Way, ...]:
    """What to do before the gate opens; empty if it does."""
    first = [Way(claims=(), what=f"{shut.what}. {shut.remedy}") for shut in decision.shut]
    found = needs(decision, question, archive(question.log))
    ordered = sorted(found, key=_group)
    grouped = (list(group) for _, group in groupby(ordered, key=_group))
    return (*first, *(_way(group, decision) for group in grouped))


def runnable(decision: Decision, question: Question, target: str) -> tuple[str, ...]:
    """The claims of which a run on the target would bring what the gate lacks."""
    found = needs(decision, question, archive(question.log))
    machine = (kinds.RUN, kinds.MEND, kinds.PROVIDE)
    return tuple(sorted({n.claim for n in found if n.kind in machine and n.target in ("", target)}))


def _group(need: Need) -> tuple[int, str, str, str, int]:
    return need.kind, need.target, need.role, need.remedy, need.times


def _way(group: Sequence[Need], decision: Decision) -> Way:
    """One thing to do for all claims of a group."""
    one, claims = group[0], tuple(dict.fromkeys(need.claim for need in group))
    where = f"--target {shlex.quote(one.target)}" if one.target else ""
    match one.kind:
        case kinds.WRITE:
            what, command = "write the checks that are missing", "proofbook lint"
        case kinds.BRING_BACK:
            what = "bring back what the runbooks no longer state, or retire it"
            command = f"proofbook retire {' '.join(claims)} --reason WHY"
        case kinds.SIGN:
            what = "the owner signs that the new words mean the same"
            command = f"proofbook reword {' '.join(claims)}"
        case kinds.ANSWER:
            what = f"{one.role} answers"
            said = f"proofbook sign-off {' '.join(claims)} --role {shlex.quote(one.role)}"
            command = f"{said} --answer yes {where}".rstrip()
        case _:
            what, command = _work(one), _verify(claims, decision, where)
    times = [need.seconds * need.times for need in group if need.seconds is not None]
    return Way(
        claims=claims,
        what=what,
        command=command,
        seconds=sum(times) if times else None,
        untimed=len(group) - len(times),
        people=one.people,
    )


def _work(need: Need) -> str:
    """What is to be done before, and with, another run."""
    if need.kind == kinds.MEND:
        return f"mend what fails, then see it pass {need.times} times"
    return need.remedy if need.kind == kinds.PROVIDE else "run the checks"


def _verify(claims: Sequence[str], decision: Decision, where: str) -> str:
    named = " ".join(claims) if len(claims) <= _NAMED else f"--for {decision.gate}"
    return f"proofbook verify {named} {where}".rstrip()
