"""
The law, through every exporter and back.

From the same head of the log nothing that is lost, aged, doubled, reordered or spoilt opens a closed
gate (`tests/engine/gate/test_law.py`); and whoever reads a decision back from any export learns of an
open gate exactly when it is open. So no export opens it either.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofbook.gate import decide
from proofbook.log import Damage, Log
from proofbook.report import vsa
from proofbook.report.decided import of_decision
from proofbook.verdicts import Verdict
from tests.engine.gate import world
from tests.engine.gate.test_law import claims, logs
from tests.engine.gate.world import HOUR, NOON
from tests.engine.report import readers

if TYPE_CHECKING:
    from proofbook.claims import Claim
    from proofbook.gate import Decision

TORN = Damage("log/x.jsonl:4", "it was cut", "Bring it back.")


def read_back(decision: Decision) -> bool:
    """Whether every export says yes; fails where two of them differ, or one is greener than the gate."""
    passed = {
        finding.record.claim
        for finding in of_decision(decision).told
        if finding.verdict is Verdict.PASS
    }
    held = {a.standing.claim.id for a in decision.answers} - {
        a.standing.claim.id for a in decision.unmet
    }
    assert passed <= held
    found = {}
    for name, (green, whole) in readers.green(of_decision(decision)).items():
        assert green == passed, name
        found[name] = whole
    predicate = json.loads(vsa.body(decision))["predicate"]
    found["vsa"] = predicate["verificationResult"] == "PASSED"
    assert set(found.values()) == {decision.opens}, found
    return decision.opens


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(logs(), claims, st.data())
def test_no_export_opens_a_gate(log: Log, of: tuple[Claim, ...], data: st.DataObject) -> None:
    """Over the whole log, and over what is left of it: removed, doubled, aged, torn."""
    question = world.question(log, *of, pins=log.heads)
    before = read_back(decide(question))
    kept = tuple(part for part in log.parts if data.draw(st.booleans()))
    spoilt = {
        "removed": replace(question, log=Log(parts=kept, acts=log.acts)),
        "doubled": replace(question, log=Log(parts=log.parts * 2, acts=log.acts) | log),
        "aged": replace(question, now=NOON + data.draw(st.integers(0, 300)) * HOUR),
        "torn": replace(question, log=log | Log(broken=(TORN,))),
    }
    for name, each in spoilt.items():
        after = read_back(decide(each))
        assert before or not after, name
        assert not (name == "torn" and after)
