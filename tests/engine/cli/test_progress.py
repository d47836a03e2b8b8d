"""What runs and what has ended, told by the events of a run."""

from __future__ import annotations

from proofbook.cli.progress import Progress, Running
from proofbook.evidence import Attempt
from proofbook.verdicts import Verdict

PASS = Attempt(verdict=Verdict.PASS, seconds=1.0)
FAIL = Attempt(verdict=Verdict.FAIL, reason="no", seconds=2.0)


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_claim_ends_with_the_last_of_its_cases() -> None:
    """Until then it runs; its record joins all cases."""
    clock = Clock()
    progress = Progress(clock)
    progress.plan({"a.one": ["x", "y"], "a.two": ["z"]}, {})
    progress.start("x")
    clock.now += 3
    progress.start("y")
    progress.start("z")
    clock.now += 1
    assert progress.running == (
        Running(claim="a.one", done=0, of=2, seconds=4.0),
        Running(claim="a.two", done=0, of=1, seconds=1.0),
    )
    assert progress.end("a.one", "x", PASS) is None
    assert progress.running[0] == Running(claim="a.one", done=1, of=2, seconds=1.0)
    record = progress.end("a.one", "y", FAIL)
    assert record
    assert (record.verdict, record.reason, record.seconds) == (Verdict.FAIL, "no", 3.0)
    assert progress.ended == {Verdict.FAIL: 1}
    assert (progress.planned, progress.seconds) == (2, 4.0)


def test_a_further_attempt_changes_how_the_claim_ended() -> None:
    """A rerun may replace a `no_verdict`; the claim is counted once."""
    progress = Progress(Clock())
    progress.plan({"a.one": ["x"]}, {})
    lost = progress.end("a.one", "x", Attempt(verdict=Verdict.NO_VERDICT, reason="lost"))
    found = progress.end("a.one", "x", PASS)
    assert lost
    assert found
    assert (lost.verdict, found.verdict) == (Verdict.NO_VERDICT, Verdict.PASS)
    assert progress.ended == {Verdict.PASS: 1}


def test_a_claim_with_a_case_left_out_is_never_a_pass() -> None:
    """`-k` may leave the case out that would have failed."""
    progress = Progress(Clock())
    progress.plan({"a.one": ["x"]}, {"a.one": ["y"]})
    record = progress.end("a.one", "x", PASS)
    assert record
    assert (record.verdict, record.reason) == (
        Verdict.NO_VERDICT,
        "y was planned and did not run",
    )


def test_tests_that_are_no_checks_are_not_shown() -> None:
    """A test of something else may run beside."""
    progress = Progress(Clock())
    progress.start("tests/test_else.py::test_it")
    assert progress.running == ()
    assert progress.planned == 0
