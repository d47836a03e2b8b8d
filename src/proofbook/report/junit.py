"""
A run as JUnit XML: a suite is a page of a runbook, a case is a claim.

A reader that knows nothing of Proofbook must never see a pass where there is none: only a pass has no
child, no claim is ever merely skipped except by a waiver, and a run that inspected nothing holds one
error that says so. The numbers on each suite count what stands in it. Claims that the command line
left out are not in it at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from proofbook.report.characters import printable
from proofbook.report.summary import pages, position
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proofbook.evidence import Record, Run

_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(run: Run) -> str:
    """The document, as text that UTF-8 can hold; ends with a newline."""
    suites = [
        _suite(page, [_case(record, run) for record in records], run)
        for page, records in pages(run)
    ] or [_suite("proofbook", [_nothing()], run)]
    root = ET.Element("testsuites", _attributes("proofbook", suites, run))
    root.extend(suites)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _attributes(name: str, inside: Iterable[ET.Element], run: Run) -> dict[str, str]:
    """The counts and the time of everything inside."""
    cases = [case for element in inside for case in element.iter("testcase")]
    counts = {
        key: str(sum(c.find(tag) is not None for c in cases)) for key, tag in _COUNTED.items()
    }
    seconds = sum(float(case.attrib["time"]) for case in cases)
    started = printable(run.started)
    return {"name": printable(name), "tests": str(len(cases)), **counts} | {
        "time": f"{seconds:.3f}",
        "timestamp": started,
    }


def _suite(page: str, cases: list[ET.Element], run: Run) -> ET.Element:
    suite = ET.Element("testsuite", _attributes(page, cases, run))
    facts = {"run": run.id, "target": run.target, "kind": run.kind, "suite": run.suite}
    facts |= {f"release.{part}": release for part, release in run.release.items()}
    _add_properties(suite, facts | {"fault": run.fault or ""})
    suite.extend(cases)
    return suite


def _case(record: Record, run: Run) -> ET.Element:
    path, line, name = position(record)
    case = _named(name, path, record.seconds)
    case.attrib |= {"file": printable(path), "line": str(line)}
    facts = {
        "claim": record.claim,
        "scaled": record.scaled,
        "valid_until": record.valid_until or "",
    }
    measured = {f"measured.{m.name}": f"{m.promised} → {m.measured}" for m in record.measured}
    _add_properties(case, facts | measured)
    verdict, reason = run.verdict(record), run.reason(record)
    details = "\n".join(a.details for c in record.cases for a in c.attempts if a.details)
    match verdict:
        case Verdict.FAIL:
            _add(case, "failure", "claim", reason, details)
        case Verdict.NO_VERDICT:
            _add(case, "error", "no-verdict", reason, details)
        case Verdict.STALE:
            _add(case, "error", "stale", reason, details)
        case Verdict.WAIVED:
            _add(case, "skipped", "waived", reason, "")
        case Verdict.PASS:
            _add_flaky(case, record)
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


def _add_flaky(case: ET.Element, record: Record) -> None:
    """What a passing claim's earlier attempts said, as Surefire's `flakyError`."""
    for attempt in (a for c in record.cases for a in c.attempts[:-1]):
        _add(case, "flakyError", "no-verdict", attempt.reason, attempt.details)


def _add_properties(element: ET.Element, facts: Mapping[str, str]) -> None:
    properties = ET.SubElement(element, "properties")
    for name, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=printable(name), value=printable(value))


def _nothing() -> ET.Element:
    case = _named("nothing", "proofbook", 0.0)
    _add(case, "error", "no-verdict", "nothing was inspected", "")
    return case
