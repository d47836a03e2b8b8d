"""How a claim stands: the whole log for this very sentence, judged now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.acts import SignOff, body
from proofbook.cards.asked import evidence
from proofbook.cards.standing import Mark, standings
from proofbook.evidence import NO_CHECK, NOT_SELECTED
from proofbook.log import Act, Damage, Trail
from proofbook.policy import Principal
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import (
    CHECK,
    FRONT,
    NOW,
    POLICY,
    attempt,
    claims,
    log,
    promises,
    record,
    run,
)

if TYPE_CHECKING:
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim
    from proofbook.evidence import Attempt, Record, Run
    from proofbook.log import Log
    from proofbook.policy import Policy

(CLAIM,) = claims()
(DRILL,) = claims(FRONT + "> **demo.drill** — It is rehearsed (`valid_for = 1 d`).\n")
(SIGNED,) = claims(FRONT + '> **demo.signed** — It is rotated (`by = "SRE"`).\n')
FAIL = attempt(Verdict.FAIL, "3 jobs twice")
HOUR = timedelta(hours=1)
ADA = Principal(name="ada", keys=("SHA256:ada",), roles=frozenset({"SRE"}))


def found(
    said: Log, claim: Claim = CLAIM, *, check: str = CHECK, policy: Policy = POLICY
) -> tuple[Standing, ...]:
    """How a claim stands on each target, by this log."""
    return standings(promises(claim, check=check), evidence(said), policy, NOW)[claim.id]


def stand(*runs: Run, claim: Claim = CLAIM, check: str = CHECK) -> list[tuple[str, str]]:
    """Verdict and reason on each target."""
    return [(s.verdict.value, s.reason) for s in found(log(*runs), claim, check=check)]


def test_a_claim_that_no_run_knows_was_never_run() -> None:
    """No evidence is no verdict, on no target."""
    (standing,) = found(log())

    assert (standing.verdict, standing.reason) == (Verdict.NO_VERDICT, "never run")
    assert (standing.target, standing.valid_until, standing.history) == (None, None, ())
    assert (standing.run, standing.record) == (None, None)


def test_a_claim_that_people_answer_awaits_them() -> None:
    """It was never run, because no machine could."""
    assert stand(claim=SIGNED) == [("no_verdict", "awaits SRE")]


def test_an_answer_stands_until_it_ends() -> None:
    """Of a person whom the policy names, for the target that was meant."""
    word = SignOff(
        claim=SIGNED.id,
        digest=SIGNED.digest,
        target="staging",
        kind="deployment",
        release={},
        role="SRE",
        answer="yes",
        note="",
        until="2026-12-01T00:00:00+01:00",
    )
    act = Act(
        kind="answer",
        at=NOW - HOUR,
        body=body(word),
        signers=("SHA256:ada",),
        trail=Trail("answer-1", ("cd" * 32,)),
    )
    known = replace(POLICY, principals=(*POLICY.principals, ADA))

    (yes,) = found(log(act), SIGNED, policy=known)
    (foreign,) = found(log(act), SIGNED)

    assert (yes.verdict, yes.target, yes.kind) == (Verdict.PASS, "staging", "deployment")
    assert (yes.valid_until, yes.is_ending) == ("2026-11-30T23:00:00+00:00", True)
    assert foreign.verdict is Verdict.NO_VERDICT


def test_the_run_opened_last_counts() -> None:
    """An older pass does not hide a newer fail."""
    early, late = 2 * HOUR, HOUR

    assert stand(run(record(CLAIM), ago=early), run(record(CLAIM, FAIL), ago=late)) == [
        ("fail", "3 jobs twice")
    ]


def test_one_lucky_run_clears_no_fail_and_three_leave_their_mark() -> None:
    """What failed on this release is a fail until it held three times, and then is seen as flaky."""
    failed = run(record(CLAIM, FAIL), ago=9 * HOUR)
    clean = [run(record(CLAIM), ago=n * HOUR) for n in (3, 2, 1)]

    assert stand(failed, clean[0]) == [("fail", "3 jobs twice (1 of 3 clean runs since)")]
    (standing,) = found(log(failed, *clean))
    assert (standing.verdict, standing.judged.flaky) == (Verdict.PASS, (1, 4))


def test_each_target_has_a_standing_of_its_own() -> None:
    """By the target's name; nothing proved on one is said of another."""
    there = run(record(CLAIM, FAIL), target="staging", kind="deployment")

    assert [(s.target, s.verdict) for s in found(log(there, run(record(CLAIM))))] == [
        ("local", Verdict.PASS),
        ("staging", Verdict.FAIL),
    ]


def test_a_run_that_left_the_claim_out_says_nothing() -> None:
    """The last run in which it was wanted counts; one where its check was gone does too."""
    left_out = run(record(CLAIM, cases=(), note=NOT_SELECTED, wanted=False))
    gone = run(record(CLAIM, cases=(), note=NO_CHECK))
    before = run(record(CLAIM), ago=2 * HOUR)

    assert stand(before, left_out) == [("pass", "")]
    assert stand(before, gone) == [("no_verdict", "no check")]


def test_a_check_that_is_gone_proves_nothing_any_more() -> None:
    """Whatever it once said."""
    assert stand(run(record(CLAIM)), check="") == [("no_verdict", "no check")]


@pytest.mark.parametrize("said", [attempt(), FAIL])
def test_a_run_with_a_planted_fault_is_never_judged(said: Attempt) -> None:
    """Neither its passes nor its fails are the deployment's."""
    assert stand(run(record(CLAIM, said), fault="demo.twice")) == [("no_verdict", "never run")]


def test_a_run_that_never_ended_passes_nothing() -> None:
    """What it found to fail still failed."""
    assert stand(run(record(CLAIM), finished=None)) == [("no_verdict", "the run never ended")]
    assert stand(run(record(CLAIM, FAIL), finished=None)) == [("fail", "3 jobs twice")]


def changed(**more: Any) -> Record:
    """The claim's record, otherwise."""
    return record(CLAIM, **more)


def test_evidence_for_another_sentence_is_stale() -> None:
    """And so is evidence by another check."""
    ((verdict, reason),) = stand(run(changed(claim_digest="0" * 64)))
    assert verdict == "stale"
    assert reason.endswith("; it was pass")
    (said,) = stand(run(record(CLAIM)), check="e" * 64)
    assert said == ("stale", f"its check has changed since run {run().id}; it was pass")


def test_a_pass_runs_out() -> None:
    """By the instant in its record, or by the sentence if that says less; a fail does not."""
    past, future = (NOW - timedelta(minutes=1)).isoformat(), (NOW + timedelta(days=9)).isoformat()
    old = timedelta(hours=25)

    assert stand(run(changed(valid_until=past)))[0][0] == "stale"
    assert stand(run(changed(valid_until=future))) == [("pass", "")]
    assert stand(run(record(CLAIM, FAIL, valid_until=past))) == [("fail", "3 jobs twice")]
    assert stand(run(record(DRILL, valid_until=future), ago=old), claim=DRILL)[0][0] == "stale"
    assert stand(run(record(DRILL, valid_until=future)), claim=DRILL) == [("pass", "")]


def test_a_pass_is_bound_to_its_release_unless_it_states_its_own_time() -> None:
    """The newest run on the target that can be believed says what runs there."""
    before = run(record(CLAIM), record(DRILL), ago=2 * HOUR)
    newest = run(release={"demo.api": "sha256:" + "cd" * 32})

    assert stand(before, newest)[0][0] == "stale"
    assert stand(before, newest, claim=DRILL) == [("pass", "")]
    assert stand(before, replace(newest, fault="demo.twice")) == [("pass", "")]


def test_a_run_dated_ahead_of_the_clock_passes_nothing() -> None:
    """A clock in the future is no verdict."""
    ((verdict, reason),) = stand(run(record(CLAIM), ago=-HOUR))

    assert verdict == "no_verdict"
    assert "which is yet to come" in reason


def test_a_pass_that_nobody_we_know_signed_is_none() -> None:
    """Its fail is one all the same: whoever saw it, it was seen."""
    (standing,) = found(log(run(record(CLAIM)), signer="SHA256:them"))
    (failed,) = found(log(run(record(CLAIM, FAIL)), signer="SHA256:them"))

    assert (standing.verdict, standing.reason) == (
        Verdict.NO_VERDICT,
        f"run {run().id} says pass, signed by SHA256:them, a key that gates.toml does not name",
    )
    assert failed.verdict is Verdict.FAIL


def test_a_damaged_log_passes_nothing() -> None:
    """Whatever is whole in it: nobody knows what the rest said."""
    torn = log(run(record(CLAIM)), run(record(CLAIM, FAIL), target="staging"))
    torn = replace(torn, broken=(Damage("log/x.jsonl:4", "it was cut", "Bring it back."),))

    assert [(s.verdict.value, s.reason) for s in found(torn)] == [
        ("no_verdict", "the log is damaged: log/x.jsonl:4: it was cut"),
        ("fail", "3 jobs twice"),
    ]


def test_history_is_kept_through_a_rename() -> None:
    """Evidence under the former id is stale, and its marks stay."""
    (renamed,) = claims(FRONT + "> **demo.new** — (was demo.once) Each of `jobs = 3` ends.\n")
    old = run(record(CLAIM), ago=2 * HOUR)
    new = run(record(renamed))

    (standing,) = found(log(old, new), renamed)

    assert standing.verdict is Verdict.PASS
    assert standing.history == (
        Mark(run=old.id, started=old.started, verdict=Verdict.PASS),
        Mark(run=new.id, started=new.started, verdict=Verdict.PASS),
    )
    assert stand(old, claim=renamed)[0][0] == "stale"


def test_only_the_last_runs_are_remembered() -> None:
    """The picture stays small."""
    runs = [run(record(CLAIM), ago=timedelta(hours=50 - n)) for n in range(30)]

    (standing,) = found(log(*runs))

    assert [mark.run for mark in standing.history] == [one.id for one in runs[-24:]]
