"""What a run found out, as values."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.evidence import NO_CHECK, NOT_SELECTED, Attempt, Case, Measurement, Record, Run
from proofbook.verdicts import Verdict

PASS = Attempt(verdict=Verdict.PASS, seconds=1)
FAIL = Attempt(verdict=Verdict.FAIL, reason="7 was lost", seconds=2)
NONE = Attempt(verdict=Verdict.NO_VERDICT, reason="no job was claimed", seconds=4)
UNASKED = Attempt(verdict=Verdict.NO_VERDICT, asked=False, reason="no Docker here")

_ATTEMPTS = st.lists(st.sampled_from([PASS, FAIL, NONE, UNASKED]), max_size=5)


def case(*attempts: Attempt, nodeid: str = "test_it") -> Case:
    """A case with these tries."""
    return Case(nodeid=nodeid, attempts=attempts)


def record(*cases: Case, note: str = "", wanted: bool = True) -> Record:
    """A record of these cases."""
    return Record(
        claim="shop.holds",
        claim_digest="1",
        check_digest="2",
        place="runbooks/shop/index.md:6",
        sentence="It holds.",
        cases=cases,
        note=note,
        wanted=wanted,
    )


RUN = Run(
    id="20261121T123456Z-1a2b3c",
    started="2026-11-21T12:34:56Z",
    finished="2026-11-21T12:35:56Z",
    suite="abc",
    target="local",
    kind="stand-in",
    target_digest="3",
)


@pytest.mark.parametrize(
    ("attempts", "verdict"),
    [
        ((), "no_verdict"),
        ((PASS,), "pass"),
        ((NONE, PASS), "pass"),
        ((PASS, NONE), "no_verdict"),
        ((FAIL, PASS, PASS), "fail"),
        ((NONE, FAIL, PASS), "fail"),
    ],
)
def test_a_further_try_replaces_no_verdict_and_never_a_failure(
    attempts: tuple[Attempt, ...], verdict: str
) -> None:
    """A lucky rerun clears what was not found out, not what was."""
    assert case(*attempts).verdict is Verdict(verdict)


@given(_ATTEMPTS, _ATTEMPTS)
def test_a_failure_among_the_tries_stays(before: list[Attempt], after: list[Attempt]) -> None:
    """Wherever it stands."""
    assert case(*before, FAIL, *after).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("attempts", "asked"),
    [((), True), ((UNASKED,), False), ((UNASKED, PASS), True), ((NONE,), True)],
)
def test_a_case_was_asked_unless_every_try_was_refused(
    attempts: tuple[Attempt, ...], *, asked: bool
) -> None:
    """One that was planned and never ran was asked: nobody refused it."""
    assert case(*attempts).asked is asked


@pytest.mark.parametrize(
    ("given", "verdict", "asked", "reason"),
    [
        (record(note=NO_CHECK), "no_verdict", True, "no check"),
        (record(note=NOT_SELECTED, wanted=False), "no_verdict", False, "not selected"),
        (record(case(PASS)), "pass", True, ""),
        (record(case(PASS), case(FAIL)), "fail", True, "7 was lost"),
        (record(case(PASS), case(NONE)), "no_verdict", True, "no job was claimed"),
        (
            record(case(PASS), case(nodeid="test_it[2]")),
            "no_verdict",
            True,
            "test_it[2] was planned and did not run",
        ),
        (record(case(UNASKED)), "no_verdict", False, "no Docker here"),
        (record(case(PASS), case(UNASKED)), "no_verdict", False, "no Docker here"),
        (record(case(UNASKED), case(NONE)), "no_verdict", True, "no job was claimed"),
        (record(case(UNASKED), case(FAIL)), "fail", True, "7 was lost"),
        (record(case(UNASKED), case()), "no_verdict", True, "test_it was planned and did not run"),
    ],
)
def test_a_record_joins_its_cases(given: Record, verdict: str, reason: str, *, asked: bool) -> None:
    """Verdict, whether the exit code depends on it, and the first reason for that verdict."""
    assert (given.verdict, given.asked, given.reason) == (Verdict(verdict), asked, reason)


@given(st.lists(_ATTEMPTS.map(lambda attempts: case(*attempts)), max_size=4))
def test_a_record_passes_only_if_every_case_does(cases: list[Case]) -> None:
    """And there is at least one."""
    held = bool(cases) and all(case.verdict is Verdict.PASS for case in cases)

    assert (record(*cases).verdict is Verdict.PASS) == held


@given(st.lists(_ATTEMPTS.map(lambda attempts: case(*attempts)), max_size=4))
def test_what_is_no_pass_has_a_reason(cases: list[Case]) -> None:
    """And what is one has none. Nobody has to guess."""
    whole = record(*cases, note="" if cases else NO_CHECK)

    assert bool(whole.reason) == (whole.verdict is not Verdict.PASS)


def test_a_record_takes_as_long_as_all_its_tries() -> None:
    """Also those that were repeated."""
    assert record(case(NONE, PASS), case(FAIL)).seconds == 7


def test_the_last_tries_measurements_count() -> None:
    """In the order of the cases."""
    old, new, other = (
        Measurement(name="x", promised="x < 3", measured=measured, holds=True) for measured in "120"
    )
    first = case(replace(NONE, measured=(old,)), replace(PASS, measured=(new,)))

    assert record(first, case(), case(replace(PASS, measured=(other,)))).measured == (new, other)


@pytest.mark.parametrize(
    ("run", "verdict", "reason"),
    [
        (RUN, "pass", ""),
        (replace(RUN, finished=None), "no_verdict", "the run never ended"),
        (
            replace(RUN, fault="shop.no-fencing"),
            "no_verdict",
            "it held with the fault shop.no-fencing planted, which proves nothing",
        ),
    ],
)
def test_a_run_that_never_ended_or_was_broken_passes_nothing(
    run: Run, verdict: str, reason: str
) -> None:
    """What held in it proves nothing."""
    held = record(case(PASS))

    assert (run.verdict(held), run.reason(held)) == (Verdict(verdict), reason)


@pytest.mark.parametrize("run", [RUN, replace(RUN, finished=None), replace(RUN, fault="shop.x")])
def test_a_failure_is_one_in_every_run(run: Run) -> None:
    """Seen is seen."""
    failed = record(case(FAIL))

    assert (run.verdict(failed), run.reason(failed)) == (Verdict.FAIL, "7 was lost")
