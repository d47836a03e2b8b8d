"""JUnit XML: no reader of it ever sees a pass where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import xmlschema
from hypothesis import given, settings

from proofbook.report import junit
from proofbook.report.sheet import of_run
from proofbook.verdicts import Verdict
from tests.engine.report.anything import SHEETS

if TYPE_CHECKING:
    from proofbook.evidence import Run
    from proofbook.report.sheet import Sheet

#: The schema that Jenkins publishes; strict, and older than what everybody writes by now.
SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")
#: What it does not know, and who reads it: pytest, GitLab and Testmo write or read each.
LATER = {
    "testsuites": {"skipped", "timestamp"},
    "testcase": {"file", "line"},
}

RESULTS = {"failure", "error", "skipped"}
SUITE = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
TESTCASE = {"classname", "name", "time"}
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def hold_structure(root: ET.Element) -> None:
    """What the readers of this format agree on: names, attributes, one result, counts that add up."""
    assert root.tag == "testsuites"
    assert set(root.attrib) == SUITE
    assert {child.tag for child in root} == {"testsuite"}
    for suite in root:
        assert set(suite.attrib) == SUITE
        assert [child.tag for child in suite][:1] == ["properties"]
        assert {child.tag for child in suite[1:]} == {"testcase"}
    for case in root.iter("testcase"):
        assert set(case.attrib) in (TESTCASE, TESTCASE | {"file", "line"})
        assert {child.tag for child in case} <= RESULTS | {"properties", "flakyError"}
        assert sum(child.tag in RESULTS for child in case) <= 1
        assert all(
            {"type", "message"} <= set(child.attrib) for child in case if child.tag in RESULTS
        )
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert int(element.attrib["tests"]) == len(cases)
        for attribute, tag in COUNTED.items():
            found = [case for case in cases if case.find(tag) is not None]
            assert int(element.attrib[attribute]) == len(found)


def without_later(root: ET.Element) -> ET.Element:
    """The document without what the schema does not know: facts about a result, never a result."""
    for element in root.iter():
        for name in LATER.get(element.tag, ()):
            element.attrib.pop(name, None)
        if element.tag == "testcase":
            for properties in element.findall("properties"):
                element.remove(properties)
    return root


@settings(max_examples=60)
@given(SHEETS)
def test_the_structure_holds_whatever_a_check_printed(sheet: Sheet) -> None:
    """The document is well formed, its counts add up, and its schema has nothing against it."""
    root = ET.fromstring(junit.render(sheet).encode())  # noqa: S314 - written by us
    hold_structure(root)
    assert list(root.iter("testcase")), "nothing inspected is an error of its own"
    SCHEMA.validate(without_later(root))


def test_the_schema_refuses_what_is_no_junit(every_kind: Run) -> None:
    """The schema is not one that takes anything."""
    text = junit.render(of_run(every_kind)).replace("testcase", "case")
    assert not SCHEMA.is_valid(without_later(ET.fromstring(text)))  # noqa: S314 - written by us


def test_a_waived_claim_is_skipped_with_its_reason(every_kind: Run) -> None:
    """A waiver is the only thing that a reader may take for skipped."""
    sheet = of_run(every_kind)
    until = "until 2026-12-01T00:00:00Z by Ada"
    waived = tuple(replace(f, verdict=Verdict.WAIVED, reason=until) for f in sheet.findings)
    root = ET.fromstring(junit.render(replace(sheet, findings=waived)))  # noqa: S314 - written by us
    hold_structure(root)
    assert root.attrib["skipped"] == root.attrib["tests"] == "10"
    assert next(root.iter("skipped")).attrib == {"type": "waived", "message": until}


def test_what_stands_in_the_way_of_all_claims_is_an_error_of_its_own(every_kind: Run) -> None:
    """A shut gate over claims that all hold is no green file."""
    sheet = replace(of_run(every_kind), findings=(), obstacles=("the log is damaged",))
    root = ET.fromstring(junit.render(sheet))  # noqa: S314 - written by us
    messages = [error.attrib["message"] for error in root.iter("error")]
    assert messages == ["the log is damaged", "nothing was inspected"]
