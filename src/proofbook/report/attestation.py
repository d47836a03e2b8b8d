"""
A sheet as an in-toto Test Result (v0.1), whose readers look at `result` and at three lists of names.

Only a pass is in `passedTests` and only a waiver in `warnedTests`; every other claim is in
`failedTests`, those included that the command line left out: part of a suite proves nothing of a
release. Claims are listed and not keyed by their ids, which hold a dot, as no field's name may here.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.report.characters import printable
from proofbook.report.intoto import statement, subject, thing
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from proofbook.report.intoto import Thing
    from proofbook.report.sheet import Finding, Sheet

KIND = "https://in-toto.io/attestation/test-result/v0.1"
#: Of the fields that are ours; a reader of an older one refuses a newer.
SCHEMA = 1


def body(sheet: Sheet) -> bytes:
    """The statement's bytes, to be signed."""
    target = thing(f"target {sheet.target}", f"sha256:{sheet.target_digest}")
    findings = sorted(sheet.findings, key=lambda finding: finding.record.claim)
    passed, warned, failed = _lists(findings)
    predicate = {
        "result": _result(sheet, warned, failed),
        "configuration": _configuration(sheet, target),
        "passedTests": passed,
        "warnedTests": warned,
        "failedTests": failed,
        "proofbook_schema": SCHEMA,
        "proofbook_run": {
            "id": sheet.id,
            "suite": sheet.suite,
            "target": sheet.target,
            "kind": sheet.kind,
            "fault": sheet.fault,
            "aborted": sheet.aborted,
            "problems": list(sheet.problems),
        },
        "proofbook_time": {
            "startedOn": sheet.started,
            "finishedOn": sheet.finished,
            "validUntil": min(_ends(findings), key=datetime.fromisoformat, default=None),
        },
        "proofbook_claims": [_claim(finding) for finding in findings],
    }
    return statement(subject(sheet.release, target), KIND, predicate)


def _lists(findings: Iterable[Finding]) -> tuple[list[str], list[str], list[str]]:
    """The names that passed, that are waived, and all others."""
    lists: tuple[list[str], list[str], list[str]] = ([], [], [])
    for finding in findings:
        verdict = finding.verdict if finding.selected else Verdict.NO_VERDICT
        place = {Verdict.PASS: 0, Verdict.WAIVED: 1}.get(verdict, 2)
        lists[place].append(finding.record.claim)
    return lists


def _result(sheet: Sheet, warned: Collection[str], failed: Collection[str]) -> str:
    if failed or sheet.problems:
        return "FAILED"
    return "WARNED" if warned else "PASSED"


def _configuration(sheet: Sheet, target: Thing) -> list[Thing]:
    """What the checks went by: the suite's commit, the target's file, every sentence."""
    suite = [thing("suite", sheet.suite)] if sheet.suite else []
    claims = {f.record.claim: f.record.claim_digest for f in sheet.findings}
    return [*suite, target, *(thing(name, f"sha256:{claims[name]}") for name in sorted(claims))]


def _ends(findings: Iterable[Finding]) -> list[str]:
    return [f.valid_until for f in findings if f.valid_until and f.verdict is Verdict.PASS]


def _claim(finding: Finding) -> dict[str, object]:
    record = finding.record
    return {
        "claim": record.claim,
        "verdict": str(finding.verdict),
        "reason": printable(finding.reason),
        "place": record.place,
        "claim_digest": record.claim_digest,
        "check_digest": record.check_digest,
        "valid_until": finding.valid_until,
        "scaled": record.scaled,
        "flaky": "{}/{}".format(*finding.flaky) if finding.flaky else "",
        "measured": [
            {"promised": m.promised, "measured": m.measured, "holds": m.holds}
            for m in record.measured
        ],
        "evidence": [
            {"name": a.name, "mediaType": a.media_type, "digest": {"sha256": a.sha256}}
            for a in finding.attachments
        ],
    }
