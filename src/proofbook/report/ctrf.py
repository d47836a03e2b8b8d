"""
A sheet as a CTRF report (Common Test Report Format, schema 0.0.0): a test is a claim.

Most readers of this format look at `failed` alone: so a claim without a verdict, or with one that
is too old, is `failed` here, and its `rawStatus` says which. Only a waiver makes a claim `other`.
Times are whole milliseconds. What the format has no word for stands in `extra`, under `proofbook.`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from proofbook.report.characters import printable
from proofbook.report.documents import line
from proofbook.report.summary import position
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from proofbook.evidence import Attempt
    from proofbook.report.sheet import Finding, Sheet

#: Drawn once; reports' ids are made under it from what the reports say.
_NAMESPACE = UUID("0f6f3c0a-55c7-4b7e-9f0e-3b6a6f2f8a51")
_STATUS = {Verdict.PASS: "passed", Verdict.WAIVED: "other"}
_STATUSES = ("passed", "failed", "skipped", "pending", "other")
#: Properties that came with the schema of 2026: readers with an older one refuse the whole report.
_RECENT = ("runId", "testId")
_NO_TESTS = '"tests": []'


def render(sheet: Sheet, *, is_recent: bool = True) -> str:
    """The report, a line for each test; without what an older schema does not know unless `is_recent`."""
    tests = [*(_test(f, sheet) for f in sheet.told), *(_problem(what) for what in sheet.problems)]
    results = {
        "tool": {"name": "proofbook"},
        "summary": _summary(sheet, tests),
        "environment": _environment(sheet),
        "tests": [],
    }
    whole: dict[str, object] = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "runId": printable(sheet.id) or "none",
        "timestamp": sheet.finished or sheet.started,
        "generatedBy": "proofbook",
        "results": results,
    }
    for holder in () if is_recent else (whole, *tests):
        for name in _RECENT:
            holder.pop(name, None)
    lines = ",\n".join(line(test) for test in tests)
    head, tail = line(whole).split(_NO_TESTS)
    text = f'{head}"tests": [\n{lines}\n]{tail}'
    return f'{{"reportId": "{uuid5(_NAMESPACE, text)}", {text[1:]}\n'


def _summary(sheet: Sheet, tests: list[dict[str, object]]) -> dict[str, object]:
    counted = Counter(test["status"] for test in tests)
    start, stop = _milliseconds(sheet.started), _milliseconds(sheet.finished or sheet.started)
    return {
        "tests": len(tests),
        **{status: counted[status] for status in _STATUSES},
        "flaky": sum("flaky" in test for test in tests),
        "suites": len(sheet.pages),
        "start": start,
        "stop": stop,
        "duration": max(0, stop - start),
    }


def _test(finding: Finding, sheet: Sheet) -> dict[str, object]:
    record = finding.record
    path, line, claim = position(record)
    test: dict[str, object] = {
        "testId": claim,
        "name": claim,
        "status": _STATUS.get(finding.verdict, "failed"),
        "rawStatus": finding.verdict.replace("_", "-"),
        "duration": round(record.seconds * 1000),
        "suite": [path],
        "filePath": path,
        "line": line,
        "type": "claim",
        "tags": [claim.partition(".")[0]],
    }
    if finding.verdict is not Verdict.PASS:
        test["message"] = printable(finding.reason) or "no reason was given"
    if details := printable(finding.details):
        test["trace"] = details
    if finding.earlier:
        tries = [_try(number, attempt) for number, attempt in enumerate(finding.earlier, start=1)]
        test |= {"retries": len(tries), "retryAttempts": tries}
    if finding.flaky:
        test["flaky"] = True
    if finding.attachments:
        test["attachments"] = [
            {"name": a.name, "contentType": a.media_type, "path": f"evidence/{a.sha256}"}
            for a in finding.attachments
        ]
    return test | {"extra": _extra(finding, sheet)}


def _try(number: int, attempt: Attempt) -> dict[str, object]:
    return {
        "attempt": number,
        "status": _STATUS.get(attempt.verdict, "failed"),
        "duration": round(attempt.seconds * 1000),
        "message": printable(attempt.reason),
    }


def _extra(finding: Finding, sheet: Sheet) -> dict[str, object]:
    record = finding.record
    found = {
        "sentence": record.sentence,
        "claim_digest": record.claim_digest,
        "check_digest": record.check_digest,
        "asked": record.asked,
        "scaled": record.scaled,
        "valid_until": finding.valid_until,
        "flaky": "{}/{}".format(*finding.flaky) if finding.flaky else None,
        "measured": [
            {"promised": m.promised, "measured": m.measured, "holds": m.holds}
            for m in record.measured
        ],
        "run": sheet.id,
    }
    return {f"proofbook.{name}": value for name, value in found.items() if value not in ("", None)}


def _problem(what: str) -> dict[str, object]:
    """What stands in the way beside all claims: a failed test of its own."""
    return {
        "testId": "proofbook",
        "name": "proofbook",
        "status": "failed",
        "rawStatus": "no-verdict",
        "duration": 0,
        "message": printable(what),
    }


def _environment(sheet: Sheet) -> dict[str, object]:
    known = {
        "commit": sheet.suite,
        "testEnvironment": printable(sheet.target),
        "healthy": sheet.holds,
    }
    extra = {
        "kind": sheet.kind,
        "release": dict(sheet.release),
        "fault": sheet.fault,
        "aborted": sheet.aborted,
    }
    return {
        **{name: value for name, value in known.items() if value != ""},
        "extra": {f"proofbook.{name}": value for name, value in extra.items() if value},
    }


def _milliseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)
