"""Runs of every colour, as literal values: what the reports are made from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofbook.evidence import NO_CHECK, NOT_SELECTED, Attempt, Case, Measurement, Record, Run
from proofbook.verdicts import Verdict

PASSED = Attempt(verdict=Verdict.PASS, seconds=2.25)
FAST = Measurement(name="p95", promised="p95 <= 600 ms", measured="412 ms", holds=True)
SLOW = Measurement(name="p95", promised="p95 <= 600 ms", measured="1700 ms", holds=False)
FAILED = Attempt(
    verdict=Verdict.FAIL,
    reason="a zombie's result was [accepted]: \x1b[31m200\x1b[0m",
    details="Traceback <&>\n\x1b[1mE  assert 200 == 409\x00\r\n\t]]>",
    seconds=0.3,
    measured=(SLOW,),
)
LOST = Attempt(verdict=Verdict.NO_VERDICT, reason="no job was claimed", seconds=1.0)
REFUSED = Attempt(
    verdict=Verdict.NO_VERDICT,
    asked=False,
    reason="targets/local.toml names no backup",
    remedy="add [systems.coreos.backups.nightly] to targets/local.toml",
)


def record(claim: str, place: str, *attempts: Attempt, **fields: object) -> Record:
    """A claim with one case, tried as often as there are attempts."""
    cases = (Case(nodeid=f"checks/coreos/test_x.py::test_{claim[7:]}", attempts=attempts),)
    plain = Record(
        claim=claim,
        claim_digest="c" * 64,
        check_digest="d" * 64,
        place=f"runbooks/coreos/{place}",
        sentence="It holds.",
        cases=cases if attempts else (),
    )
    return replace(plain, **fields)  # type: ignore[arg-type] # any field of a record


PASS = record("coreos.claimed-once", "queue.md:12", replace(PASSED, measured=(FAST,)))
FLAKY = record("coreos.requeued", "queue.md:9", LOST, PASSED, scaled="scaled 4/40")
FAIL = record("coreos.zombie-refused", "queue.md:14", FAILED)
NOTHING = record("coreos.nothing-lost", "queue.md:100", LOST)
NEVER_RAN = record("coreos.retried", "queue.md:16", cases=(Case(nodeid="checks/x.py::t[a]"),))
UNCHECKED = record("coreos.unproved", "backup.md:7", note=NO_CHECK)
STALE = record("coreos.restored", "backup.md:8", Attempt(verdict=Verdict.STALE, reason="93 d old"))
UNASKED = record("coreos.backed-up", "backup.md:9", REFUSED)
UNASKED_TOO = record("coreos.encrypted", "backup.md:10", REFUSED)
ANSWERED = record("coreos.rota-known", "backup.md:11", note="awaits SRE", wanted=False)
LEFT_OUT = replace(FAIL, claim="coreos.other", note=NOT_SELECTED, wanted=False, cases=())

RUN = Run(
    id="20261121T123456Z-1a2b3c",
    started="2026-11-21T12:34:56Z",
    finished="2026-11-21T12:35:56Z",
    suite="326c41f0+",
    target="local",
    kind="stand-in",
    target_digest="e" * 64,
    seed=2026,
    release={"coreos.worker": "2.0", "coreos.api": "sha256:" + "ab" * 32},
)
ALL = (
    FAIL,
    PASS,
    FLAKY,
    NOTHING,
    NEVER_RAN,
    UNCHECKED,
    STALE,
    UNASKED,
    UNASKED_TOO,
    ANSWERED,
    LEFT_OUT,
)

#: Named as golden files are: what happened, and the exit code.
RUNS = {
    "all-held.0": replace(RUN, records=(PASS, FLAKY)),
    "held-but-for-what-was-not-asked.0": replace(RUN, records=(PASS, UNASKED, ANSWERED, LEFT_OUT)),
    "one-broken.1": replace(RUN, records=(PASS, FAIL)),
    "every-kind.1": replace(RUN, records=ALL, target="elsewhere/blue.toml"),
    "no-verdict.5": replace(RUN, records=(PASS, NOTHING, STALE)),
    "no-check.5": replace(RUN, records=(PASS, UNCHECKED)),
    "nothing-at-all.5": replace(RUN, release={}, suite=""),
    "nothing-asked.5": replace(RUN, records=(UNASKED, LEFT_OUT)),
    "never-ended.5": replace(RUN, records=(PASS,), finished=None),
    "sabotaged-and-held.5": replace(RUN, records=(PASS,), fault="coreos.no-fencing"),
    "sabotaged-and-seen.1": replace(RUN, records=(PASS, FAIL), fault="coreos.no-fencing"),
    "stale.6": replace(RUN, records=(PASS, STALE)),
    "interrupted.10": replace(RUN, records=(PASS, FAIL, NEVER_RAN), aborted="interrupted"),
}


@pytest.fixture(params=RUNS)
def case(request: pytest.FixtureRequest) -> tuple[str, Run]:
    """A run of each kind, with its name."""
    return request.param, RUNS[request.param]


@pytest.fixture
def every_kind() -> Run:
    """A run with a claim of every kind."""
    return RUNS["every-kind.1"]
