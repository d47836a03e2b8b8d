"""A gate's decision, told in every format: never greener than the gate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.report import Exit
from proofbook.report.decided import of_decision
from proofbook.verdicts import Verdict
from tests.engine.report import readers
from tests.engine.report.decisions import (
    ANSWERED,
    BROKEN,
    HELD,
    WAIVER,
    answer,
    decision,
)

if TYPE_CHECKING:
    from proofbook.gate import Answer, Decision

TOO_OLD = "it held 9 d ago, and the row asks for 7 d"
FAILED = replace(HELD, judged=Verdict.FAIL, reason="two held it")
WAIVED = replace(FAILED, waiver=WAIVER, reason="until 2026-12-01T00:00:00Z by Ada")
NEVER = replace(HELD, judged=Verdict.NO_VERDICT, record=None, testimony=None, reason="never run")


def told(decision: Decision) -> list[tuple[str, Verdict, str]]:
    """Claim, verdict and reason of each finding."""
    return [(f.record.claim, f.verdict, f.reason) for f in of_decision(decision).told]


@pytest.mark.parametrize(
    ("found", "verdict", "reason"),
    [
        (answer(), Verdict.PASS, ""),
        (answer(why=TOO_OLD), Verdict.NO_VERDICT, TOO_OLD),
        (answer(FAILED, why="two held it"), Verdict.FAIL, "two held it"),
        (answer(WAIVED), Verdict.WAIVED, "until 2026-12-01T00:00:00Z by Ada"),
        (
            answer(WAIVED, why="the gate takes no waiver of it"),
            Verdict.FAIL,
            "the gate takes no waiver of it",
        ),
        (answer(NEVER, why="never run"), Verdict.NO_VERDICT, "never run"),
    ],
    ids=["held", "too-old", "failed", "waived", "waiver-not-taken", "never"],
)
def test_a_claim_is_told_as_its_row_takes_it(found: Answer, verdict: Verdict, reason: str) -> None:
    """A pass that does not satisfy its row is none, and neither is a waiver."""
    assert told(decision(found)) == [("coreos.claimed-once", verdict, reason)]


def test_a_claim_that_two_rows_ask_for_is_told_once_at_its_worst() -> None:
    """One row's pass does not hide what the other one lacks."""
    rows = (answer(), answer(why=TOO_OLD, row="coreos.* on deployment"))
    assert told(decision(*rows)) == [("coreos.claimed-once", Verdict.NO_VERDICT, TOO_OLD)]


def test_what_a_person_answered_is_told_with_its_end() -> None:
    """There is no record of a run behind it, and the sentence's place is the claim's."""
    (finding,) = of_decision(decision(answer(ANSWERED))).told
    assert finding.valid_until == "2026-12-01T00:00:00Z"
    assert finding.record.place == "runbooks/coreos/queue.md:8"


def test_a_pass_after_failures_shows_them() -> None:
    """One lucky try is seen as such; a claim that is no pass shows its reason instead."""
    flaky = replace(HELD, flaky=(1, 4))
    assert of_decision(decision(answer(flaky))).told[0].flaky == (1, 4)
    assert of_decision(decision(answer(flaky, why=TOO_OLD))).told[0].flaky is None


def test_all_readers_see_an_open_gate_green() -> None:
    """What holds is shown as holding."""
    for name, seen in readers.green(of_decision(decision(answer()))).items():
        assert seen == (frozenset({"coreos.claimed-once"}), True), name


@pytest.mark.parametrize(
    "shut",
    [
        decision(answer(), shut=(BROKEN,)),
        decision(),
        decision(answer(why=TOO_OLD)),
        decision(answer(), answer(NEVER, why="never run", row="other")),
    ],
    ids=["damage", "nothing-asked", "too-old", "one-row-lacks-it"],
)
def test_no_reader_sees_a_shut_gate_green(shut: Decision) -> None:
    """Damage and emptiness are told as errors of their own."""
    assert not shut.opens
    for name, (_, whole) in readers.green(of_decision(shut)).items():
        assert not whole, name


def test_a_log_that_cannot_be_believed_passes_nothing() -> None:
    """Whatever is whole in it: nobody knows what the missing part said."""
    damaged = replace(BROKEN, exit=Exit.LOG)
    shut = decision(answer(replace(HELD, flaky=(1, 4))), shut=(damaged,))
    assert told(shut) == [("coreos.claimed-once", Verdict.NO_VERDICT, "the log is damaged")]


def test_an_override_is_told_and_the_gate_reads_failed() -> None:
    """Whoever overrides does not make it hold."""
    sheet = of_decision(decision(answer(FAILED, why="two held it"), overrides=(WAIVER,)))
    assert sheet.title == "gate pre-deploy FAILED, and overridden for a while"
    assert not any(whole for _, whole in readers.green(sheet).values())
