"""Runs that hold whatever a program may print, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from proofbook.evidence import NOT_SELECTED, Attachment, Attempt, Case, Measurement, Record, Run
from proofbook.report.sheet import Finding, Sheet
from proofbook.verdicts import Verdict

VERDICTS = st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT, Verdict.STALE])

#: Whatever a program may print, what no decoder knew included.
OUTPUT = st.text(st.characters(codec=None, exclude_categories=()))
MEASURED = st.builds(
    Measurement, name=OUTPUT, promised=OUTPUT, measured=OUTPUT, holds=st.booleans()
)
ATTACHMENTS = st.builds(
    Attachment,
    name=OUTPUT,
    media_type=st.just("text/plain"),
    sha256=st.just("f" * 64),
    size_bytes=st.just(3),
)
ATTEMPTS = st.builds(
    Attempt,
    verdict=VERDICTS,
    asked=st.booleans(),
    reason=OUTPUT,
    details=OUTPUT,
    seconds=st.floats(0, 1e6),
    measured=st.lists(MEASURED, max_size=2).map(tuple),
    attachments=st.lists(ATTACHMENTS, max_size=2).map(tuple),
)
CASES = st.builds(Case, nodeid=OUTPUT, attempts=st.lists(ATTEMPTS, max_size=2).map(tuple))
RECORDS = st.builds(
    Record,
    claim=st.from_regex(r"[a-z]+\.[a-z-]+", fullmatch=True),
    claim_digest=st.just("c" * 64),
    check_digest=st.just("d" * 64),
    place=st.sampled_from(["runbooks/a/x.md:1", "runbooks/a/x.md:20", "runbooks/b/y z.md:3"]),
    sentence=OUTPUT,
    cases=st.lists(CASES, max_size=2).map(tuple),
    note=st.sampled_from(["", "no check", NOT_SELECTED]),
    wanted=st.booleans(),
    scaled=OUTPUT,
)
FACTS = {
    "id": OUTPUT,
    "started": st.just("2026-11-21T12:34:56Z"),
    "finished": st.none() | st.just("2026-11-21T12:35:56Z"),
    "suite": OUTPUT,
    "target": OUTPUT,
    "kind": OUTPUT,
    "target_digest": st.just("e" * 64),
    "release": st.dictionaries(OUTPUT, OUTPUT, max_size=2),
    "fault": st.none() | st.just("coreos.no-fencing"),
}
RUNS = st.builds(
    Run,
    **FACTS,
    records=st.lists(RECORDS, max_size=5, unique_by=lambda record: record.claim).map(tuple),
)
FINDINGS = st.builds(
    Finding,
    record=RECORDS,
    verdict=st.sampled_from(Verdict),
    reason=OUTPUT,
    valid_until=st.none() | st.just("2026-12-01T00:00:00+01:00"),
    flaky=st.none() | st.just((1, 4)),
    selected=st.booleans(),
)
#: Waivers and all: what a gate lays over runs.
SHEETS = st.builds(
    Sheet,
    **FACTS,
    findings=st.lists(FINDINGS, max_size=5, unique_by=lambda f: f.record.claim).map(tuple),
    obstacles=st.lists(OUTPUT.filter(str.strip), max_size=2).map(tuple),
)
