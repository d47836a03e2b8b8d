"""Every export: valid by other people's rules, and never greener than what it was made from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft7Validator, FormatChecker
from nacl.signing import SigningKey

from proofbook import dsse
from proofbook.evidence import Attachment
from proofbook.report import attestation, ctrf, exports, junit, markdown
from proofbook.report.sheet import of_run
from proofbook.verdicts import Verdict
from tests.engine.report import readers
from tests.engine.report.anything import RUNS, SHEETS
from tests.engine.test_dsse import SEED, elsewhere

if TYPE_CHECKING:
    from proofbook.evidence import Run
    from proofbook.report.sheet import Sheet

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "ctrf-0.0.json").read_text("utf-8"))
VALIDATOR = Draft7Validator(SCHEMA, format_checker=FormatChecker())
SIGNER = dsse.Signer("ci", lambda data: SigningKey(SEED).sign(data).signature)


@settings(max_examples=60)
@given(SHEETS)
def test_no_export_shows_a_pass_where_there_is_none(sheet: Sheet) -> None:
    """Whatever a reader takes for green was a pass, and what it calls good was good throughout."""
    passed = {f.record.claim for f in sheet.told if f.verdict is Verdict.PASS}
    good = {Verdict.PASS, Verdict.WAIVED}
    is_good = {f.verdict for f in sheet.told} <= good and not sheet.problems
    for name, (green, whole) in readers.green(sheet).items():
        assert green == passed, name
        assert not whole or is_good, name


@settings(max_examples=60)
@given(RUNS)
def test_a_run_s_exports_are_its_own_passes(run: Run) -> None:
    """What the run does not call a pass is green nowhere, a planted fault and a lost end included."""
    passed = {r.claim for r in run.records if run.verdict(r) is Verdict.PASS}
    for name, (green, _) in readers.green(of_run(run)).items():
        assert green <= passed, name


@settings(max_examples=60)
@given(SHEETS)
def test_a_ctrf_report_is_one_by_its_schema(sheet: Sheet) -> None:
    """Nothing that the schema does not know, in either form; counts that add up."""
    for is_recent in (True, False):
        report = json.loads(ctrf.render(sheet, is_recent=is_recent))
        VALIDATOR.validate(report)
        summary = report["results"]["summary"]
        parts = [summary[key] for key in ("passed", "failed", "skipped", "pending", "other")]
        assert summary["tests"] == len(report["results"]["tests"]) == sum(parts)


def test_the_schema_refuses_what_is_no_report(every_kind: Run) -> None:
    """The schema is not one that takes anything."""
    report = json.loads(ctrf.render(of_run(every_kind)))
    report["results"]["tests"][0]["verdict"] = "pass"
    assert not VALIDATOR.is_valid(report)


def test_an_older_reader_gets_no_property_that_it_would_refuse(every_kind: Run) -> None:
    """Readers of last year's schema refuse a report for one unknown name."""
    text = ctrf.render(of_run(every_kind), is_recent=False)
    assert '"testId"' not in text
    assert '"runId"' not in text


def test_a_report_s_id_is_that_of_what_it_says(every_kind: Run) -> None:
    """Made again it is the same; a report that says something else is another."""
    sheet = of_run(every_kind)
    ids = [json.loads(ctrf.render(each))["reportId"] for each in (sheet, sheet)]
    other = replace(sheet, findings=sheet.findings[1:])
    assert ids[0] == ids[1] != json.loads(ctrf.render(other))["reportId"]


@settings(max_examples=60)
@given(SHEETS)
def test_a_statement_is_one_by_its_authors_rules(sheet: Sheet) -> None:
    """Every subject has a digest, every name stands in one list, no field's name holds a dot."""
    whole = json.loads(attestation.body(sheet))
    read = readers.statement(whole)
    assert all(thing.digest for thing in read.pb.subject)
    told = readers.test_result(whole)
    names = [*told.passed_tests, *told.warned_tests, *told.failed_tests]
    assert sorted(names) == sorted(f.record.claim for f in sheet.findings)
    assert all(thing["digest"] for thing in whole["predicate"]["configuration"])
    predicate = {k: v for k, v in whole["predicate"].items() if k != "configuration"}
    assert not [name for name in names_in(predicate) if "." in name or "$" in name]


def names_in(value: Any) -> list[str]:
    """Every field's name in a JSON value."""
    if isinstance(value, list):
        return [name for each in value for name in names_in(each)]
    if isinstance(value, dict):
        return [*value, *(name for each in value.values() for name in names_in(each))]
    return []


@pytest.mark.parametrize(
    ("release", "digest"),
    [
        ("sha256:" + "ab" * 32, {"sha256": "ab" * 32}),
        ("sha512:" + "ab" * 64, {"sha512": "ab" * 64}),
        ("326c41f0" * 5, {"gitCommit": "326c41f0" * 5}),
    ],
)
def test_a_release_is_known_by_its_digest(
    every_kind: Run, release: str, digest: dict[str, str]
) -> None:
    """Whoever holds the artefact finds the statement."""
    sheet = of_run(replace(every_kind, release={"api": release}))
    subject = json.loads(attestation.body(sheet))["subject"]
    assert subject == [{"name": "api", "digest": digest}]


def test_a_mere_version_says_that_it_is_one(every_kind: Run) -> None:
    """Its digest is that of the text: no artefact has it."""
    (subject,) = json.loads(attestation.body(of_run(replace(every_kind, release={"api": "2.0"}))))[
        "subject"
    ]
    assert subject["annotations"] == {
        "proofbook_text": "2.0",
        "proofbook_digest_of": "this text",
    }


def test_without_a_release_the_target_s_file_is_what_was_tested(every_kind: Run) -> None:
    """A statement needs a subject, and nobody promotes a target's file."""
    subject = json.loads(attestation.body(of_run(replace(every_kind, release={}))))["subject"]
    assert subject == [{"name": "target elsewhere/blue.toml", "digest": {"sha256": "e" * 64}}]


def test_part_of_a_suite_proves_nothing_of_a_release(every_kind: Run) -> None:
    """One claim that holds, and the others left out: nobody may take that for the suite."""
    sheet = of_run(every_kind)
    held = [f for f in sheet.findings if f.verdict is Verdict.PASS]
    left_out = [replace(f, selected=False) for f in sheet.findings if f not in held]
    some = replace(sheet, findings=(*held, *left_out))
    assert readers.of_attestation(attestation.body(some).decode())[1] is False
    assert readers.of_attestation(attestation.body(replace(some, findings=tuple(held))).decode())[1]


def test_the_evidence_ends_with_the_first_pass_that_does(every_kind: Run) -> None:
    """Offsets counted; what did not pass has no end that anybody waits for."""
    sheet = of_run(every_kind)
    ends = ["2026-12-01T01:30:00+02:00", "2026-12-01T00:00:00Z"]
    passed = [f for f in sheet.findings if f.verdict is Verdict.PASS]
    some = [replace(f, valid_until=end) for f, end in zip(passed, ends, strict=True)]
    failed = replace(sheet.findings[0], valid_until="2020-01-01T00:00:00Z")
    whole = json.loads(attestation.body(replace(sheet, findings=(failed, *some))))
    assert whole["predicate"]["proofbook_time"]["validUntil"] == ends[0]


def test_an_attestation_verifies_elsewhere(every_kind: Run) -> None:
    """The envelope of a run, opened by `securesystemslib`, read by `in-toto-attestation`."""
    texts = exports.of_a_run(every_kind, SIGNER)
    (line,) = texts[exports.ATTESTATION].splitlines()
    body = elsewhere(line)
    assert body == attestation.body(of_run(every_kind))
    assert readers.of_attestation(body.decode())[0] == {"coreos.claimed-once", "coreos.requeued"}


def test_what_was_kept_of_a_claim_is_named_by_its_digest(every_kind: Run) -> None:
    """JUnit, CTRF and in-toto lead to the same file of the store, once."""
    kept = Attachment(name="told", media_type="text/plain", sha256="f" * 64, size_bytes=3)
    (case,) = every_kind.records[0].cases
    attempt = replace(case.attempts[0], attachments=(kept, kept))
    record = replace(every_kind.records[0], cases=(replace(case, attempts=(attempt,)),))
    sheet = of_run(replace(every_kind, records=(record,)))

    assert junit.render(sheet).count(f'name="attachment" value="evidence/{"f" * 64}"') == 1
    (test,) = json.loads(ctrf.render(sheet))["results"]["tests"]
    path = f"evidence/{'f' * 64}"
    assert test["attachments"] == [{"name": "told", "contentType": "text/plain", "path": path}]
    (claim,) = json.loads(attestation.body(sheet))["predicate"]["proofbook_claims"]
    assert claim["evidence"] == [
        {"name": "told", "mediaType": "text/plain", "digest": {"sha256": "f" * 64}}
    ]


def test_without_a_signer_there_is_no_attestation(every_kind: Run) -> None:
    """Nobody's word is no evidence."""
    assert sorted(exports.of_a_run(every_kind)) == ["ctrf.json", "junit.xml", "summary.md"]


def test_a_long_page_says_what_it_leaves_out(every_kind: Run) -> None:
    """CI servers cut pages off; a failure that is cut off would be hidden."""
    failed = replace(of_run(every_kind).findings[0], reason="|" * 10_000)
    many = tuple(
        replace(failed, record=replace(failed.record, claim=f"coreos.number-{n}"))
        for n in range(10_000)
    )
    text = markdown.render(replace(of_run(every_kind), findings=many))
    assert text.startswith("## ❌ fail: 0 of 10000 claims proved")
    assert "and 9500 more, which the other reports list." in text
    assert len(text.encode()) < 2**20


def test_what_a_check_printed_cannot_break_out_of_its_row(every_kind: Run) -> None:
    """Markdown and HTML in a reason are shown, not obeyed."""
    failed = of_run(every_kind).findings[0]
    reason = "</details>\n\n| ✅ pass | `coreos.forged` | [x](y) <img src=z> |"
    text = markdown.render(replace(of_run(every_kind), findings=(replace(failed, reason=reason),)))
    assert readers.of_markdown(text) == (frozenset(), False)
    assert "<img" not in text.replace("\\<", "")
