"""
A sheet as JUnit XML: a suite is a page of a runbook, a case is a claim.

A reader that knows nothing of Proofbook must never see a pass where there is none: only a pass has no
child, no claim is ever merely skipped except by a waiver, and a sheet that tells of nothing holds one
error that says so. The numbers on each suite count what stands in it. Claims that the command line
left out are not in it at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from proofbook.report.characters import printable
from proofbook.report.sheet import NOTHING
from proofbook.report.summary import position
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proofbook.report.sheet import Finding, Sheet

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
#: A verdict that is no pass → the child of its case, and the child's type.
_CHILD = {
    Verdict.FAIL: ("failure", "claim"),
    Verdict.NO_VERDICT: ("error", "no-verdict"),
    Verdict.STALE: ("error", "stale"),
    Verdict.WAIVED: ("skipped", "waived"),
}


def render(sheet: Sheet) -> str:
    """The document, as text that UTF-8 can hold; ends with a newline."""
    suites = [
        _suite(page, [_case(finding) for finding in findings], sheet)
        for page, findings in sheet.pages
    ]
    if sheet.problems:
        suites.append(_suite("proofbook", [_problem(what) for what in sheet.problems], sheet))
    root = ET.Element("testsuites", _attributes("proofbook", suites, sheet))
    root.extend(suites)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _attributes(name: str, inside: Iterable[ET.Element], sheet: Sheet) -> dict[str, str]:
    """The counts and the time of everything inside."""
    cases = [case for element in inside for case in element.iter("testcase")]
    counts = {
        key: str(sum(c.find(tag) is not None for c in cases)) for key, tag in _COUNTED.items()
    }
    seconds = sum(float(case.attrib["time"]) for case in cases)
    return {"name": printable(name), "tests": str(len(cases)), **counts} | {
        "time": f"{seconds:.3f}",
        "timestamp": printable(sheet.started),
    }


def _suite(page: str, cases: list[ET.Element], sheet: Sheet) -> ET.Element:
    suite = ET.Element("testsuite", _attributes(page, cases, sheet))
    facts = {"run": sheet.id, "target": sheet.target, "kind": sheet.kind, "suite": sheet.suite}
    facts |= {f"release.{part}": release for part, release in sheet.release.items()}
    _add_properties(suite, facts | {"fault": sheet.fault or ""})
    suite.extend(cases)
    return suite


def _case(finding: Finding) -> ET.Element:
    record = finding.record
    path, line, name = position(record)
    case = _named(name, path, record.seconds)
    case.attrib |= {"file": printable(path), "line": str(line)}
    facts = {
        "claim": record.claim,
        "scaled": record.scaled,
        "valid_until": finding.valid_until or "",
        "flaky": "{}/{}".format(*finding.flaky) if finding.flaky else "",
    }
    measured = {f"measured.{m.name}": f"{m.promised} → {m.measured}" for m in record.measured}
    properties = _add_properties(case, facts | measured)
    for kept in finding.attachments:
        _add_property(properties, "attachment", f"evidence/{kept.sha256}")
    if finding.verdict is Verdict.PASS:
        _add_flaky(case, finding)
    else:
        details = "" if finding.verdict is Verdict.WAIVED else finding.details
        _add(case, *_CHILD[finding.verdict], finding.reason, details)
    return case


def _named(name: str, path: str, seconds: float) -> ET.Element:
    classname = path.removesuffix(".md").replace("/", ".")
    attributes = {"classname": classname, "name": name}
    return ET.Element(
        "testcase", {k: printable(v) for k, v in attributes.items()} | {"time": f"{seconds:.3f}"}
    )


def _add(case: ET.Element, tag: str, kind: str, reason: str, details: str) -> None:
    child = ET.SubElement(case, tag, {"type": kind, "message": printable(reason)})
    child.text = printable(details) or None


def _add_flaky(case: ET.Element, finding: Finding) -> None:
    """What a passing claim's earlier attempts said, as Surefire's `flakyError`."""
    for attempt in finding.earlier:
        _add(case, "flakyError", "no-verdict", attempt.reason, attempt.details)


def _add_properties(element: ET.Element, facts: Mapping[str, str]) -> ET.Element:
    properties = ET.SubElement(element, "properties")
    for name, value in facts.items():
        if value:
            _add_property(properties, name, value)
    return properties


def _add_property(properties: ET.Element, name: str, value: str) -> None:
    ET.SubElement(properties, "property", name=printable(name), value=printable(value))


def _problem(what: str) -> ET.Element:
    case = _named("nothing" if what == NOTHING else "gate", "proofbook", 0.0)
    _add(case, "error", "no-verdict", what, "")
    return case
