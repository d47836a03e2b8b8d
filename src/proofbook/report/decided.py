"""
A gate's decision as a sheet: every claim that it asks for, each once, by the worst of its answers.

What does not satisfy its row is no pass here, whatever its run found: a claim that held too long
ago, elsewhere, or on a lowered scale. A gate that is shut for another reason shows that too, and
where that is the log itself there is no pass at all: nobody knows what the missing part said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from proofbook.report.exits import Exit
from proofbook.report.sheet import Finding, Sheet, bare
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofbook.gate.decision import Answer, Decision

_ORDER = (*PRECEDENCE[:-1], Verdict.WAIVED, Verdict.PASS)


def of_decision(decision: Decision) -> Sheet:
    """The sheet; on no target where the gate's rows alone say which."""
    at = decision.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    answers: dict[str, list[Answer]] = {}
    for answer in decision.answers:
        answers.setdefault(answer.standing.claim.id, []).append(answer)
    doubt = next((shut.what for shut in decision.shut if shut.exit is Exit.LOG), "")
    return Sheet(
        id=f"gate-{decision.gate}-{at}",
        started=at,
        finished=at,
        suite="",
        target=decision.target or f"gate {decision.gate}",
        kind="gate",
        title=_title(decision),
        target_digest=decision.policy_digest,
        release=decision.release,
        findings=tuple(_doubted(_worst(found), doubt) for found in answers.values()),
        obstacles=tuple(shut.what for shut in decision.shut),
    )


def _title(decision: Decision) -> str:
    over = ", and overridden for a while" if decision.overrides else ""
    return f"gate {decision.gate} {decision.word}{over}"


def _worst(answers: Iterable[Answer]) -> Finding:
    """One finding of all rows that ask for a claim."""
    found = [_finding(answer) for answer in answers]
    return min(found, key=lambda finding: _ORDER.index(finding.verdict))


def _finding(answer: Answer) -> Finding:
    standing = answer.standing
    verdict, reason = standing.verdict, standing.reason
    if not answer.holds:
        verdict = _unmet(standing.judged)
        reason = answer.why
    end = standing.valid_until
    return Finding(
        record=standing.record or bare(standing.claim),
        verdict=verdict,
        reason=reason,
        valid_until=end.astimezone(UTC).isoformat().replace("+00:00", "Z") if end else None,
        flaky=standing.flaky if verdict is Verdict.PASS else None,
    )


def _doubted(finding: Finding, doubt: str) -> Finding:
    """No pass where the log cannot be believed."""
    if not doubt or finding.verdict not in (Verdict.PASS, Verdict.WAIVED):
        return finding
    return replace(finding, verdict=Verdict.NO_VERDICT, reason=doubt, valid_until=None, flaky=None)


def _unmet(judged: Verdict) -> Verdict:
    """A pass that does not satisfy its row is none."""
    return Verdict.NO_VERDICT if judged is Verdict.PASS else judged
