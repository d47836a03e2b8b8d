"""The decision that a promotion is staked on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format  # type: ignore[import-untyped] # it comes without types
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2  # type: ignore[import-untyped] # it comes without types

from proofbook.report import exports, vsa
from tests.engine.report import readers
from tests.engine.report.decisions import (
    ANSWERED,
    BROKEN,
    HEAD,
    HELD,
    WAIVER,
    answer,
    decision,
)
from tests.engine.report.test_exports import SIGNER
from tests.engine.test_dsse import elsewhere

if TYPE_CHECKING:
    from proofbook.gate import Decision

REQUIRED = (
    "verifier",
    "time_verified",
    "resource_uri",
    "policy",
    "verification_result",
    "verified_levels",
)


def predicate(decision: Decision) -> dict[str, Any]:
    """The predicate, once the specification's own messages have taken it."""
    whole = json.loads(vsa.body(decision))
    readers.statement(whole)
    assert whole["predicateType"] == "https://slsa.dev/verification_summary/v1"
    read = vsa_pb2.VerificationSummary()
    # That package has one level where SLSA's own text has a list of them.
    (level,) = whole["predicate"]["verifiedLevels"]
    one = whole["predicate"] | {"verifiedLevels": level}
    json_format.ParseDict(one, read, ignore_unknown_fields=True)
    assert all(getattr(read, name) for name in REQUIRED)
    assert bool(decision.opens) == (read.verification_result == "PASSED")
    found: dict[str, Any] = whole["predicate"]
    return found


def test_a_yes_names_gate_place_policy_and_inputs() -> None:
    """Whoever reads it knows what was decided, where, by which rules, and on what evidence."""
    found = predicate(decision(answer(HELD), answer(ANSWERED, row="coreos.rota-known")))
    assert found == {
        "verifier": {"id": "urn:proofbook:gate"},
        "timeVerified": "2026-11-21T13:00:00Z",
        "resourceUri": "urn:proofbook:gate:pre-deploy:staging",
        "policy": {"uri": "gates.toml#pre-deploy", "digest": {"sha256": "b" * 64}},
        "inputAttestations": [
            {"uri": "log/20261121T123456Z-1a2b3c.jsonl#4", "digest": {"sha256": HEAD.digest}}
        ],
        "verificationResult": "PASSED",
        "verifiedLevels": ["PROOFBOOK_PRE_DEPLOY"],
        "proofbook_schema": 1,
        "proofbook_shut": [],
        "proofbook_overrides": [],
        "proofbook_answers": [
            {
                "row": "coreos.* on twin",
                "claim": "coreos.claimed-once",
                "verdict": "pass",
                "holds": True,
                "why": "",
                "run": "20261121T123456Z-1a2b3c",
                "validUntil": None,
            },
            {
                "row": "coreos.rota-known",
                "claim": "coreos.rota-known",
                "verdict": "pass",
                "holds": True,
                "why": "",
                "run": None,
                "validUntil": "2026-12-01T00:00:00Z",
            },
        ],
    }


def test_a_no_reads_failed_also_where_it_is_overridden() -> None:
    """A reader who ignores what is ours still reads FAILED."""
    found = predicate(decision(answer(why="too old"), shut=(BROKEN,), overrides=(WAIVER,)))
    assert found["verificationResult"] == "FAILED"
    assert found["verifiedLevels"] == ["FAILED"]
    assert found["proofbook_shut"] == ["the log is damaged"]
    assert found["proofbook_overrides"] == [f"waiver-1:1:{'ab' * 16}"]


def test_a_yes_for_one_place_is_none_for_another() -> None:
    """Resource, subject and level differ; a gate without a place names the gate alone."""
    assert vsa.resource(decision(target=None)) == "urn:proofbook:gate:pre-deploy"
    assert vsa.resource(decision(target="a/b:c")) == "urn:proofbook:gate:pre-deploy:a%2Fb%3Ac"
    assert json.loads(vsa.body(decision()))["subject"] == [
        {"name": "api", "digest": {"sha256": "cd" * 32}}
    ]
    assert json.loads(vsa.body(decision(release={})))["subject"] == [
        {"name": "gate pre-deploy", "digest": {"sha256": "b" * 64}}
    ]


def test_no_gate_s_name_makes_a_level_of_slsa_s_own() -> None:
    """Levels that begin with SLSA_ are theirs."""
    assert vsa.level(decision(gate="slsa_build_level_3")) == "PROOFBOOK_SLSA_BUILD_LEVEL_3"
    assert vsa.level(decision(gate="é")) == "PROOFBOOK_"


def test_a_decision_verifies_elsewhere() -> None:
    """The envelope, opened by another verifier."""
    texts = exports.of_a_decision(decision(answer()), SIGNER)
    assert sorted(texts) == ["ctrf.json", "decision.intoto.jsonl", "junit.xml", "summary.md"]
    assert elsewhere(texts[exports.DECISION]) == vsa.body(decision(answer()))
    assert sorted(exports.of_a_decision(decision(answer()))) == [
        "ctrf.json",
        "junit.xml",
        "summary.md",
    ]
