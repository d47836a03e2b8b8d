"""A run becomes JSON text and comes back as it was, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.errors import ReportError
from proofbook.evidence import NO_CHECK, Attempt, Case, Measurement, Record, Run
from proofbook.runs import from_json, to_json
from proofbook.verdicts import Verdict

VERDICTS = st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT, Verdict.STALE])
SECONDS = st.floats(min_value=0, max_value=1e9, allow_nan=False)
INSTANTS = st.datetimes(timezones=st.just(UTC)).map(lambda instant: instant.isoformat())
MEASUREMENTS = st.builds(
    Measurement, name=st.text(), promised=st.text(), measured=st.text(), holds=st.booleans()
)
ATTEMPTS = st.builds(
    Attempt,
    verdict=VERDICTS,
    asked=st.booleans(),
    reason=st.text(),
    remedy=st.text(),
    details=st.text(),
    seconds=SECONDS,
    measured=st.lists(MEASUREMENTS, max_size=2).map(tuple),
)
CASES = st.builds(Case, nodeid=st.text(), attempts=st.lists(ATTEMPTS, max_size=2).map(tuple))
RECORDS = st.builds(
    Record,
    claim=st.text(),
    claim_digest=st.text(),
    check_digest=st.text(),
    place=st.integers(1, 9999).map(lambda line: f"runbooks/a page.md:{line}"),
    sentence=st.text(),
    cases=st.lists(CASES, max_size=3).map(tuple),
    note=st.text(),
    wanted=st.booleans(),
    scaled=st.text(),
    valid_until=st.none() | INSTANTS,
)
RUNS = st.builds(
    Run,
    id=st.text(),
    started=INSTANTS,
    finished=st.none() | INSTANTS,
    suite=st.text(),
    target=st.text(),
    kind=st.text(),
    target_digest=st.text(),
    release=st.dictionaries(st.text(), st.text(), max_size=2),
    fault=st.none() | st.text(),
    records=st.lists(RECORDS, max_size=3, unique_by=lambda record: record.claim).map(tuple),
    seed=st.none() | st.integers(0, 2**64),
    aborted=st.none() | st.text(),
)
PASSED = Record(
    claim="coreos.claimed-once",
    claim_digest="c",
    check_digest="d",
    place="runbooks/coreos/queue.md:12",
    sentence="Each job is claimed once.",
    cases=(Case(nodeid="t", attempts=(Attempt(verdict=Verdict.PASS, seconds=1.5),)),),
)
RUN = Run(
    id="20261121T123456Z-1a2b3c",
    started="2026-11-21T12:34:56Z",
    finished="2026-11-21T12:35:56Z",
    suite="326c41f",
    target="local",
    kind="stand-in",
    target_digest="e",
    records=(PASSED,),
)
ADVICE = "Bring it back from a copy, or remove its folder and verify again."


def changed(**fields: object) -> str:
    """The text of RUN with some of its top fields changed."""
    return json.dumps(json.loads(to_json(RUN)) | fields)


def changed_record(**fields: object) -> str:
    """The text of RUN with some fields of its record changed."""
    record: dict[str, Any] = json.loads(to_json(RUN))["records"][0]
    return changed(records=[record | fields])


@given(RUNS)
def test_a_run_comes_back_as_it_was(run: Run) -> None:
    """Reading what was written gives the same value."""
    assert from_json(to_json(run)) == run


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
def test_a_text_that_is_no_run_is_refused_and_nothing_else(text: str) -> None:
    """Whatever stands in a file, reading it ends in one error of ours."""
    with pytest.raises(ReportError, match="is not a run's report"):
        from_json(text)


def test_a_truncated_text_is_refused_wherever_it_was_cut() -> None:
    """No prefix of a report is a report."""
    text = to_json(RUN).rstrip()
    for end in range(len(text)):
        with pytest.raises(ReportError):
            from_json(text[:end])


def test_output_that_is_no_unicode_can_be_written() -> None:
    """Bytes that a program printed and no decoder knew survive as escapes."""
    attempt = Attempt(verdict=Verdict.FAIL, reason="\udcff came back")
    run = replace(RUN, records=(replace(PASSED, cases=(Case(nodeid="t", attempts=(attempt,)),)),))
    text = to_json(run)
    assert from_json(text.encode().decode()) == run


def test_a_script_finds_verdict_and_reason_beside_each_record() -> None:
    """What follows from the cases is written out, so that no script derives it anew."""
    unchecked = replace(PASSED, claim="coreos.open", cases=(), note=NO_CHECK)
    records = json.loads(to_json(replace(RUN, records=(PASSED, unchecked))))["records"]
    assert [(r["claim"], r["verdict"], r["asked"], r["reason"]) for r in records] == [
        ("coreos.claimed-once", "pass", True, ""),
        ("coreos.open", "no_verdict", True, "no check"),
    ]


@pytest.mark.parametrize("hollow", [replace(RUN, finished=None), replace(RUN, fault="coreos.x")])
def test_a_run_that_never_ended_or_was_sabotaged_writes_no_pass(hollow: Run) -> None:
    """The text shows a pass only where the run may say so."""
    assert json.loads(to_json(hollow))["records"][0]["verdict"] == "no_verdict"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "x.json:1: this is not a run's report: it is not JSON, Expecting value"),
        ("{\n", "x.json:2: this is not a run's report: it is not JSON, "),
        ("[]", "x.json: this is not a run's report: it holds a list where a run's object belongs"),
        ("7", "x.json: this is not a run's report: it holds a whole number where "),
        ("[" * 99_999, "x.json: this is not a run's report: it is nested too deeply"),
        ('{"a": 1, "a": 2}', "x.json: this is not a run's report: a stands twice"),
        ('{"a": NaN}', "x.json: this is not a run's report: NaN is no number"),
        (changed(schema=2), "its schema is 2, and this Proofbook reads schema 1"),
        (changed(schema=True), "run.schema is true or false where a whole number belongs"),
        (changed(colour="red"), "run has unknown keys: colour"),
        (changed(id=7), "run.id is a whole number where a text belongs"),
        (changed(records={}), "run.records is an object where a list or an object belongs"),
        (changed(records=[7]), "run.records[0] is a whole number where an object belongs"),
        (changed(release={"api": 7}), "run.release.api is a whole number where a text belongs"),
        (changed(started="soon"), "Invalid isoformat string: 'soon'"),
        (changed(started="2026-11-21T12:00:00"), "2026-11-21T12:00:00 is an instant without an"),
        (changed_record(verdict="fail"), "coreos.claimed-once: its cases do not give {'verdict'"),
        (changed_record(asked=False), "coreos.claimed-once: its cases do not give {'verdict'"),
        (changed_record(wanted=0), "run.records[0].wanted is a whole number where true or false"),
        (changed_record(cases=[]), "coreos.claimed-once: its cases do not give {'verdict'"),
        (changed_record(place="p:0"), "coreos.claimed-once: its place is 'p:0', not path:line"),
        (
            changed(records=json.loads(to_json(RUN))["records"] * 2),
            "coreos.claimed-once has more than one record",
        ),
    ],
)
def test_a_damaged_report_says_what_is_wrong_and_what_to_do(text: str, what: str) -> None:
    """One sentence with the place, one with the advice."""
    with pytest.raises(ReportError) as caught:
        from_json(text, "x.json")
    assert str(caught.value).startswith("x.json:")
    assert what in str(caught.value)
    assert str(caught.value).endswith(f". {ADVICE}")


def test_a_missing_field_is_named() -> None:
    """A report lacks nothing: there are no defaults on the way in."""
    fields = json.loads(to_json(RUN))
    del fields["fault"], fields["target"]
    with pytest.raises(ReportError) as caught:
        from_json(json.dumps(fields), "reports/runs/x/run.json")
    assert str(caught.value) == (
        "reports/runs/x/run.json: this is not a run's report: run lacks fault, target. " + ADVICE
    )


def test_an_unknown_verdict_is_refused() -> None:
    """A word that no verdict has is not taken for one."""
    text = to_json(RUN).replace('"verdict":"pass"', '"verdict":"passed"')
    with pytest.raises(ReportError, match="'passed' is not a valid Verdict"):
        from_json(text)
