"""JUnit XML: no reader of it ever sees a pass where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from proofbook.evidence import NOT_SELECTED, Attempt, Case, Measurement, Record, Run
from proofbook.report import junit
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    import pytest

RESULTS = {"failure", "error", "skipped"}
SUITE = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}
TESTCASE = {"classname", "name", "time"}
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}
VERDICTS = st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT, Verdict.STALE])

#: Whatever a program may print, what no decoder knew included.
OUTPUT = st.text(st.characters(codec=None, exclude_categories=()))
MEASURED = st.builds(
    Measurement, name=OUTPUT, promised=OUTPUT, measured=OUTPUT, holds=st.booleans()
)
ATTEMPTS = st.builds(
    Attempt,
    verdict=VERDICTS,
    asked=st.booleans(),
    reason=OUTPUT,
    details=OUTPUT,
    seconds=st.floats(0, 1e6),
    measured=st.lists(MEASURED, max_size=2).map(tuple),
)
CASES = st.builds(Case, nodeid=OUTPUT, attempts=st.lists(ATTEMPTS, max_size=2).map(tuple))
RECORDS = st.builds(
    Record,
    claim=st.from_regex(r"[a-z]+\.[a-z-]+", fullmatch=True),
    claim_digest=st.just("c"),
    check_digest=st.just("d"),
    place=st.sampled_from(["runbooks/a/x.md:1", "runbooks/a/x.md:20", "runbooks/b/y z.md:3"]),
    sentence=OUTPUT,
    cases=st.lists(CASES, max_size=2).map(tuple),
    note=st.sampled_from(["", "no check", NOT_SELECTED]),
    wanted=st.booleans(),
    scaled=OUTPUT,
)
RUNS = st.builds(
    Run,
    id=OUTPUT,
    started=st.just("2026-11-21T12:34:56Z"),
    finished=st.none() | st.just("2026-11-21T12:35:56Z"),
    suite=OUTPUT,
    target=OUTPUT,
    kind=OUTPUT,
    target_digest=OUTPUT,
    release=st.dictionaries(OUTPUT, OUTPUT, max_size=2),
    fault=st.none() | st.just("coreos.no-fencing"),
    records=st.lists(RECORDS, max_size=5, unique_by=lambda record: record.claim).map(tuple),
)


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


@given(RUNS)
def test_the_structure_holds_whatever_a_check_printed(run: Run) -> None:
    """The document is well formed, its counts add up, and its passes are the run's passes."""
    root = ET.fromstring(junit.render(run).encode())  # noqa: S314 - written by us
    hold_structure(root)
    green = {c.attrib["name"] for c in root.iter("testcase") if not RESULTS & {e.tag for e in c}}
    shown = [record for record in run.records if record.note != NOT_SELECTED]
    assert green == {r.claim for r in shown if run.verdict(r) is Verdict.PASS}
    assert list(root.iter("testcase")), "nothing inspected is an error of its own"


def test_a_waived_claim_is_skipped_with_its_reason(
    every_kind: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A waiver is the only thing that a reader may take for skipped."""
    monkeypatch.setattr(Run, "verdict", lambda *_: Verdict.WAIVED)
    monkeypatch.setattr(Run, "reason", lambda *_: "until 2026-12-01T00:00:00Z by Ada")
    root = ET.fromstring(junit.render(every_kind))  # noqa: S314 - written by us
    hold_structure(root)
    assert root.attrib["skipped"] == root.attrib["tests"] == "10"
    skipped = next(root.iter("skipped"))
    assert skipped.attrib == {"type": "waived", "message": "until 2026-12-01T00:00:00Z by Ada"}
