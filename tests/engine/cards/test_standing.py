"""How a claim stands: the newest evidence for this very sentence, judged now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.cards.standing import Mark, evidence, standings
from proofbook.evidence import NO_CHECK, NOT_SELECTED
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import FRONT, NOW, attempt, claims, record, run

if TYPE_CHECKING:
    from proofbook.claims import Claim
    from proofbook.evidence import Attempt, Record, Run

(CLAIM,) = claims()
(DRILL,) = claims(FRONT + "> **demo.drill** — It is rehearsed (`valid_for = 1 d`).\n")
(SIGNED,) = claims(FRONT + '> **demo.signed** — It is rotated (`by = SRE, "lead"`).\n')
FAIL = attempt(Verdict.FAIL, "3 jobs twice")


def stand(*runs: Run, claim: Claim = CLAIM, check: str | None = None) -> list[tuple[str, str]]:
    """Verdict and reason on each target."""
    found = standings(claim, evidence(runs), NOW, lambda _: check)
    return [(standing.verdict.value, standing.reason) for standing in found]


def test_a_claim_that_no_run_knows_was_never_run() -> None:
    """No evidence is no verdict, on no target."""
    (standing,) = standings(CLAIM, evidence([]), NOW, lambda _: None)

    assert (standing.verdict, standing.reason) == (Verdict.NO_VERDICT, "never run")
    assert (standing.target, standing.valid_until, standing.history) == (None, None, ())


def test_a_claim_that_people_answer_awaits_them() -> None:
    """It was never run, because no machine could."""
    assert stand(claim=SIGNED) == [("no_verdict", "awaits SRE and lead")]


def test_the_run_opened_last_counts() -> None:
    """An older pass does not hide a newer fail, nor the other way round."""
    early, late = timedelta(hours=2), timedelta(hours=1)

    passed_last = stand(run(record(CLAIM, FAIL), ago=early), run(record(CLAIM), ago=late))
    failed_last = stand(run(record(CLAIM), ago=early), run(record(CLAIM, FAIL), ago=late))

    assert (passed_last, failed_last) == ([("pass", "")], [("fail", "3 jobs twice")])


def test_each_target_has_a_standing_of_its_own() -> None:
    """By the target's name; nothing proved on one is said of another."""
    there = run(record(CLAIM, FAIL), target="staging", kind="deployment")

    found = standings(CLAIM, evidence([there, run(record(CLAIM))]), NOW, lambda _: None)

    assert [(s.target, s.verdict) for s in found] == [
        ("local", Verdict.PASS),
        ("staging", Verdict.FAIL),
    ]


def test_a_run_that_left_the_claim_out_says_nothing() -> None:
    """The last run in which it was wanted counts; one where its check was gone does too."""
    left_out = run(record(CLAIM, cases=(), note=NOT_SELECTED, wanted=False))
    gone = run(record(CLAIM, cases=(), note=NO_CHECK))
    before = run(record(CLAIM), ago=timedelta(hours=2))

    assert stand(before, left_out) == [("pass", "")]
    assert stand(before, gone) == [("no_verdict", "no check")]


@pytest.mark.parametrize("found", [attempt(), FAIL])
def test_a_run_with_a_planted_fault_is_never_judged(found: Attempt) -> None:
    """Neither its passes nor its fails are the deployment's."""
    assert stand(run(record(CLAIM, found), fault="demo.twice")) == [("no_verdict", "never run")]


def test_a_run_that_never_ended_passes_nothing() -> None:
    """What it found to fail still failed."""
    assert stand(run(record(CLAIM), finished=None)) == [("no_verdict", "the run never ended")]
    assert stand(run(record(CLAIM, FAIL), finished=None)) == [("fail", "3 jobs twice")]


def changed(**more: Any) -> Record:
    """The claim's record, otherwise."""
    return record(CLAIM, **more)


def test_evidence_for_another_sentence_is_stale() -> None:
    """Whatever it said."""
    reason = "its sentence has changed since: it was pass"
    assert stand(run(changed(claim_digest="0" * 64))) == [("stale", reason)]


def test_evidence_by_another_check_is_stale() -> None:
    """Where the check can still be read, and reads otherwise."""
    reason = "its check has changed since: it was pass"
    assert stand(run(record(CLAIM)), check="e" * 64) == [("stale", reason)]
    assert stand(run(record(CLAIM)), check="c" * 64) == [("pass", "")]


def test_a_pass_runs_out() -> None:
    """By the instant in its record, or by the sentence if that says less; a fail does not."""
    past, future = (NOW - timedelta(minutes=1)).isoformat(), (NOW + timedelta(days=9)).isoformat()
    old = timedelta(hours=25)

    assert stand(run(changed(valid_until=past))) == [("stale", f"it ran out on {past}")]
    assert stand(run(changed(valid_until=future))) == [("pass", "")]
    assert stand(run(record(CLAIM, FAIL, valid_until=past))) == [("fail", "3 jobs twice")]
    assert stand(run(record(DRILL, valid_until=future), ago=old), claim=DRILL) == [
        ("stale", "its evidence is older than the sentence allows")
    ]
    assert stand(run(record(DRILL, valid_until=future)), claim=DRILL) == [("pass", "")]


def test_a_pass_is_bound_to_its_release_unless_it_states_its_own_time() -> None:
    """The newest run on the target says what runs there, component by component."""
    before = run(record(CLAIM), record(DRILL), ago=timedelta(hours=2))
    newest = run(release={"demo.api": "sha256:" + "cd" * 32, "other.api": "x"})
    other = run(release={"other.api": "y"})

    reason = "another release runs there by now: demo.api"
    assert stand(before, newest) == [("stale", reason)]
    assert stand(before, newest, claim=DRILL) == [("pass", "")]
    assert stand(before, other) == [("pass", "")]


def test_a_release_whose_parts_are_not_named_by_system_counts_whole() -> None:
    """Where no component is the system's own, each of them is."""
    before = run(record(CLAIM), release={"image": "1"}, ago=timedelta(hours=2))

    reason = "another release runs there by now: image"
    assert stand(before, run(release={"image": "2"})) == [("stale", reason)]


def test_a_run_dated_ahead_of_the_clock_passes_nothing() -> None:
    """A clock in the future is no verdict."""
    ahead = run(record(CLAIM), ago=timedelta(hours=-1))

    reason = "its run is dated 2026-11-21T13:00:00+00:00, which is yet to come"
    assert stand(ahead) == [("no_verdict", reason)]


def test_history_is_kept_through_a_rename() -> None:
    """Evidence under the former id is stale, and its marks stay."""
    (renamed,) = claims(FRONT + "> **demo.new** — (was demo.once) Each of `jobs = 3` ends.\n")
    old = run(record(CLAIM), ago=timedelta(hours=2))
    new = run(record(renamed))

    (standing,) = standings(renamed, evidence([old, new]), NOW, lambda _: None)

    assert standing.verdict is Verdict.PASS
    assert standing.history == (
        Mark(run=old.id, started=old.started, verdict=Verdict.PASS),
        Mark(run=new.id, started=new.started, verdict=Verdict.PASS),
    )
    assert stand(old, claim=renamed) == [("stale", "its sentence has changed since: it was pass")]


def test_only_the_last_runs_are_remembered() -> None:
    """The picture stays small."""
    runs = [run(record(CLAIM), ago=timedelta(hours=50 - n)) for n in range(30)]

    (standing,) = standings(CLAIM, evidence(runs), NOW, lambda _: None)

    assert [mark.run for mark in standing.history] == [one.id for one in runs[-24:]]


def test_a_claim_without_cases_asks_for_no_check() -> None:
    """There is no check whose digest could be held against anything."""
    awaiting = replace(record(SIGNED), cases=(), note="awaits SRE")

    assert stand(run(awaiting), claim=SIGNED, check="e" * 64) == [("no_verdict", "awaits SRE")]
