"""
A gate's decision as a SLSA Verification Summary (v1): what a promotion may be staked on.

Its subject is the release that was decided on, and its resource names gate and target, so that a
yes for one place is none for another. An override is told beside the result and changes nothing of
it: the decision reads FAILED.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import quote

from proofbook.report.characters import printable
from proofbook.report.intoto import statement, subject, thing

if TYPE_CHECKING:
    from datetime import datetime

    from proofbook.gate.decision import Answer, Decision

KIND = "https://slsa.dev/verification_summary/v1"
#: Who decides; a reader accepts this id together with a key, never alone.
VERIFIER = "urn:proofbook:gate"
SCHEMA = 1
_OTHER = re.compile(r"[^A-Z0-9]+")


def body(decision: Decision) -> bytes:
    """The statement's bytes, to be signed."""
    policy = {
        "uri": f"gates.toml#{quote(decision.gate)}",
        "digest": {"sha256": decision.policy_digest},
    }
    predicate = {
        "verifier": {"id": VERIFIER},
        "timeVerified": _instant(decision.at),
        "resourceUri": resource(decision),
        "policy": policy,
        "inputAttestations": [
            {"uri": f"log/{head.chain}.jsonl#{head.count}", "digest": {"sha256": head.digest}}
            for head in sorted(decision.heads)
        ],
        "verificationResult": decision.word,
        "verifiedLevels": [level(decision) if decision.opens else "FAILED"],
        "proofbook_schema": SCHEMA,
        "proofbook_shut": [printable(shut.what) for shut in decision.shut],
        "proofbook_overrides": [str(act.head) for act in decision.overrides],
        "proofbook_answers": [_answer(answer) for answer in decision.answers],
    }
    gate = thing(f"gate {decision.gate}", f"sha256:{decision.policy_digest}")
    return statement(subject(decision.release, gate), KIND, predicate)


def resource(decision: Decision) -> str:
    """What was decided on, as a URI: the gate and the place."""
    place = f":{quote(decision.target, safe='')}" if decision.target else ""
    return f"{VERIFIER}:{quote(decision.gate, safe='')}{place}"


def level(decision: Decision) -> str:
    """What a yes is called: `PROOFBOOK_PREDEPLOY` for the gate `predeploy`."""
    return f"PROOFBOOK_{_OTHER.sub('_', decision.gate.upper()).strip('_')}"


def _answer(answer: Answer) -> dict[str, object]:
    standing = answer.standing
    return {
        "row": answer.row,
        "claim": standing.claim.id,
        "verdict": str(standing.verdict),
        "holds": answer.holds,
        "why": printable(answer.why),
        "run": standing.testimony.run.id if standing.testimony else None,
        "validUntil": _instant(standing.valid_until) if standing.valid_until else None,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
