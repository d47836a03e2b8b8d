"""A decision as plain JSON values, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from proofbook.gate.checklist import Page
    from proofbook.gate.decision import Answer, Decision, Way

#: Of what is printed here.
SCHEMA = 1


def decided(decision: Decision, ways: Sequence[Way], head: str | None) -> dict[str, object]:
    """Everything of a decision; `head` of its own chain, if it was put on the log."""
    return {
        "schema": SCHEMA,
        "gate": decision.gate,
        "at": decision.at.isoformat(),
        "result": decision.word,
        "opens": decision.opens,
        "exit": int(decision.exit),
        "target": decision.target,
        "release": dict(decision.release),
        "policy": decision.policy_digest,
        "answers": [_answer(answer) for answer in decision.answers],
        "shut": [{"what": s.what, "remedy": s.remedy, "exit": int(s.exit)} for s in decision.shut],
        "overrides": [
            {"head": str(act.head), "signers": list(act.signers), **act.body}
            for act in decision.overrides
        ],
        "ways": [
            {
                "what": way.what,
                "command": way.command,
                "claims": list(way.claims),
                "seconds": way.seconds,
                "people": list(way.people),
            }
            for way in ways
        ],
        "heads": [str(each) for each in sorted(decision.heads)],
        "head": head,
    }


def listed(decision: Decision, pages: Sequence[Page]) -> dict[str, object]:
    """A checklist."""
    return {
        "schema": SCHEMA,
        "gate": decision.gate,
        "at": decision.at.isoformat(),
        "result": decision.word,
        "exit": int(decision.exit),
        "shut": [shut.what for shut in decision.shut],
        "pages": [
            {
                "path": page.path,
                "items": [
                    {
                        "claim": item.claim,
                        "sentence": item.sentence,
                        "place": item.place,
                        "ticked": item.ticked,
                        "verdict": item.shown,
                        "why": item.why,
                        "run": item.run or None,
                        "until": _instant(item.until),
                        "role": item.role or None,
                        "people": list(item.people),
                    }
                    for item in page.items
                ],
            }
            for page in pages
        ],
    }


def _answer(answer: Answer) -> dict[str, object]:
    standing = answer.standing
    return {
        "row": answer.row,
        "claim": standing.claim.id,
        "place": str(standing.claim.place),
        "verdict": str(standing.verdict),
        "judged": str(standing.judged),
        "shown": standing.shown,
        "holds": answer.holds,
        "reason": answer.why or standing.reason,
        "run": standing.testimony.run.id if standing.testimony else None,
        "target": standing.testimony.run.target if standing.testimony else None,
        "valid_until": _instant(standing.valid_until),
        "flaky": list(standing.flaky) if standing.flaky else None,
        "waiver": str(standing.waiver.head) if standing.waiver else None,
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
