"""What evidence says of a claim: the run opened last in its scope, and why what is outside is stale."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.acts import Rewording
from proofbook.gate import decide
from proofbook.gate.ruling import ruling
from proofbook.policy import Principal
from proofbook.verdicts import Verdict
from tests.engine.gate import world
from tests.engine.gate.world import DAY, DRILL, HOUR, MINUTE, NOON, SOLD

if TYPE_CHECKING:
    from proofbook.gate.question import Question
    from proofbook.judging import Standing
    from proofbook.log import Log

PASS, FAIL, NO_VERDICT = Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT
OTHER = {"shop.api": "sha256:bbbb"}


def standing(question: Question) -> Standing:
    """How the one claim of a question stands."""
    (answer,) = decide(question).answers
    return answer.standing


def said(question: Question) -> tuple[str, str]:
    """The verdict in words, and why."""
    found = standing(question)
    return found.shown, found.reason


def runs(*verdicts: Verdict) -> Log:
    """A log of runs a minute apart, of one claim."""
    return world.log(
        *(
            world.run(world.record(SOLD, verdict), at=NOON - HOUR + at * MINUTE, took=MINUTE / 2)
            for at, verdict in enumerate(verdicts)
        )
    )


@pytest.mark.parametrize(
    ("verdicts", "shown", "reason"),
    [
        ((PASS,), "pass", ""),
        ((NO_VERDICT, PASS), "pass", ""),
        ((PASS, NO_VERDICT), "no_verdict", "it was no_verdict"),
        ((PASS, FAIL), "fail", "it was fail"),
        ((FAIL, PASS), "fail", "it was fail (1 of 3 clean runs since)"),
        ((FAIL, PASS, PASS), "fail", "it was fail (2 of 3 clean runs since)"),
        ((FAIL, PASS, PASS, PASS), "pass · flaky 1/4", ""),
        ((PASS, FAIL, PASS, PASS, PASS), "pass · flaky 1/5", ""),
        ((FAIL, PASS, FAIL, PASS, PASS, PASS), "pass · flaky 2/6", ""),
        ((FAIL, PASS, NO_VERDICT, PASS, PASS), "pass · flaky 1/4", ""),
        ((FAIL, PASS, PASS, PASS, NO_VERDICT), "no_verdict", "it was no_verdict"),
        ((FAIL, NO_VERDICT), "fail", "it was fail"),
    ],
)
def test_the_last_run_speaks_and_a_fail_takes_clean_runs(
    verdicts: tuple[Verdict, ...], shown: str, reason: str
) -> None:
    """A lucky rerun clears nothing; what cleared a fail is shown as flaky."""
    assert said(world.question(runs(*verdicts))) == (shown, reason)


def test_a_claim_that_never_ran_has_no_verdict() -> None:
    """Neither has one whose only runs were on another kind of place."""
    assert said(world.question(world.log())) == ("no_verdict", "never run on twin")
    elsewhere = world.log(world.run(world.record(SOLD), kind="stand-in"))
    assert said(world.question(elsewhere)) == ("no_verdict", "never run on twin")


def test_a_claim_without_a_check_has_no_verdict() -> None:
    """Whatever an earlier check found."""
    question = world.question(runs(PASS), world.promise(SOLD, check=""))
    assert said(question) == ("no_verdict", "no check")


def test_a_run_with_a_planted_fault_is_never_judged() -> None:
    """It neither proves nor disproves anything."""
    planted = world.run(world.record(SOLD, FAIL), at=NOON - MINUTE * 5, fault="shop.x")
    assert said(world.question(runs(PASS) | world.log(planted))) == ("pass", "")


def test_a_run_that_never_ended_proves_nothing() -> None:
    """Its fails count all the same."""
    hollow = world.run(world.record(SOLD), took=None)
    assert said(world.question(world.log(hollow))) == ("no_verdict", "the run never ended")
    broken = world.run(world.record(SOLD, FAIL), took=None)
    assert said(world.question(world.log(broken))) == ("fail", "it was fail")


@pytest.mark.parametrize(
    ("at", "took", "reason"),
    [
        (
            NOON + MINUTE,
            MINUTE,
            "run 20261121T120100Z-000000 is dated 2026-11-21T12:01:00+00:00, which is yet to come",
        ),
        (
            NOON - MINUTE,
            HOUR,
            "run 20261121T115900Z-000000 ended on 2026-11-21T12:59:00+00:00, which is yet to come",
        ),
        (
            NOON - HOUR,
            -MINUTE,
            "run 20261121T110000Z-000000 ended on 2026-11-21T10:59:00+00:00, before it began",
        ),
    ],
)
def test_evidence_from_the_future_is_no_verdict(at: object, took: object, reason: str) -> None:
    """A clock that is wrong says nothing about when anything held."""
    found = world.log(world.run(world.record(SOLD), at=at, took=took))
    question = world.question(found, release=world.RELEASE)
    assert said(question) == ("no_verdict", reason)


@pytest.mark.parametrize(
    ("at", "took", "shown"),
    [
        (NOON + HOUR, MINUTE, "no_verdict"),
        (NOON - MINUTE, HOUR, "no_verdict"),
        (NOON + MINUTE, MINUTE, "pass"),
        (NOON - MINUTE, 2 * MINUTE, "pass"),
    ],
)
def test_what_was_far_in_the_future_once_never_counts(at: Any, took: Any, shown: str) -> None:
    """The decision that saw it so is on the log; by a few minutes, clocks may differ."""
    ahead = world.run(world.record(SOLD), at=at, took=took)
    question = world.question(world.log(ahead), release=world.RELEASE)
    assert said(question)[0] == "no_verdict"
    seen = world.act(ruling(decide(question)), "SHA256:ci", at=NOON)
    later = replace(question, now=NOON + 9 * HOUR)
    assert said(later) == ("pass", "")
    found = said(replace(later, log=world.log(ahead, seen)))
    assert found[0] == shown
    if shown == "no_verdict":
        assert found[1] == (
            f"run {ahead.run.id} is dated {ahead.run.started} to {ahead.run.finished}, "
            "and the decision of 2026-11-21T12:00:00+00:00 saw it before"
        )


def test_a_run_that_went_on_after_a_decision_is_believed() -> None:
    """It was seen when it was half as long."""
    whole = world.run(world.record(SOLD), at=NOON - HOUR, took=2 * HOUR)
    half = replace(whole, run=replace(whole.run, finished=None))
    seen = world.act(ruling(decide(world.question(world.log(half)))), "SHA256:ci", at=NOON)
    trail = replace(whole.trail, digests=(*whole.trail.digests, "cd" * 32))
    log = world.log(replace(whole, trail=trail), seen)
    assert said(world.question(log, now=NOON + 2 * HOUR)) == ("pass", "")


def test_a_changed_check_makes_its_evidence_stale() -> None:
    """What another check found says nothing of this one."""
    question = world.question(runs(PASS), world.promise(SOLD, check="check-2"))
    assert said(question) == (
        "stale",
        "its check has changed since run 20261121T110000Z-000000; it was pass",
    )


def test_a_changed_value_makes_its_evidence_stale() -> None:
    """Other numbers are another promise, and no signature makes them the same."""
    changed = world.claim(sentence="With `buyers = 5`, one buys.")
    word = Rewording(claim=SOLD.id, before=SOLD.digest, after=changed.digest)
    question = world.question(runs(PASS) | world.log(world.act(word, "SHA256:ada")), changed)
    assert said(question) == (
        "stale",
        (
            "its sentence has changed, and so have its values; those that were proved: `buyers = 4`"
            " (run 20261121T110000Z-000000); it was pass"
        ),
    )


def test_other_words_with_equal_values_are_reworded_until_the_owner_signs() -> None:
    """Only the owner's signature, dated before now, carries the evidence over."""
    changed = world.claim(sentence="Of `buyers = 4`, exactly one buys.")
    word = Rewording(claim=SOLD.id, before=SOLD.digest, after=changed.digest)
    reworded = (
        "stale: reworded",
        (
            "reworded with equal values; Owner may sign that it means the same"
            " (run 20261121T110000Z-000000); it was pass"
        ),
    )
    assert said(world.question(runs(PASS), changed)) == reworded
    for signer, at, shown in (
        ("SHA256:ada", NOON, "pass"),
        ("SHA256:ada", NOON + HOUR, "stale: reworded"),
        ("SHA256:bob", NOON, "stale: reworded"),
        ("SHA256:eve", NOON, "stale: reworded"),
    ):
        question = world.question(runs(PASS) | world.log(world.act(word, signer, at=at)), changed)
        assert said(question)[0] == shown
    ownerless = world.promise(changed, owner=None)
    assert said(world.question(runs(PASS), ownerless))[1].startswith(
        "reworded with equal values; the page's owner may sign"
    )


def test_rewordings_lead_from_one_to_the_next() -> None:
    """Two signed rewordings after each other carry the evidence through both."""
    second = world.claim(sentence="Of `buyers = 4`, exactly one buys.")
    third = world.claim(sentence="Exactly one of `buyers = 4` buys.")
    words = [
        Rewording(claim=SOLD.id, before=one.digest, after=other.digest)
        for one, other in ((SOLD, second), (second, third))
    ]
    acts = world.log(*(world.act(word, "SHA256:ada") for word in words))
    assert said(world.question(runs(PASS) | acts, third)) == ("pass", "")


def test_a_renamed_claim_keeps_its_evidence() -> None:
    """`(was old.id)` says whose history it is."""
    renamed = world.claim("shop.sold-to-one", f"(was {SOLD.id}) {SOLD.sentence}")
    assert renamed.formerly == SOLD.id
    assert said(world.question(runs(FAIL, PASS, PASS, PASS), renamed)) == ("pass · flaky 1/4", "")


def test_another_release_makes_evidence_stale() -> None:
    """The newest trusted run says which release is meant, where the question does not."""
    moved = runs(PASS) | world.log(world.run(at=NOON - MINUTE * 5, release=OTHER))
    reason = (
        "another release by now: shop.api was sha256:aaaa, is sha256:bbbb"
        " (run 20261121T110000Z-000000); it was pass"
    )
    assert said(world.question(moved)) == ("stale", reason)
    assert said(world.question(runs(PASS), release=OTHER)) == ("stale", reason)
    assert said(world.question(moved, release={"api": "sha256:aaaa"})) == ("pass", "")


def test_a_fail_of_another_release_is_no_fail_of_this_one() -> None:
    """The scope of a verdict is the release."""
    found = world.log(
        world.run(world.record(SOLD, FAIL), release=OTHER),
        world.run(world.record(SOLD), at=NOON - MINUTE * 5),
    )
    assert said(world.question(found)) == ("pass", "")


def test_a_release_that_is_not_stated_any_more_is_another_one() -> None:
    """And a component that a run did not state was not proved by it."""
    gone = runs(PASS) | world.log(world.run(at=NOON - MINUTE * 5, release={}))
    assert said(world.question(gone))[1].startswith(
        "another release by now: shop.api was stated, and no release is now"
    )
    more = {**world.RELEASE, "shop.worker": "sha256:cccc"}
    assert said(world.question(runs(PASS), release=more))[1].startswith(
        "another release by now: shop.worker was not stated, is sha256:cccc"
    )


def test_a_claim_with_valid_for_is_bound_to_its_age_alone() -> None:
    """A drill outlives a deploy, and ends when its sentence says."""
    found = world.log(world.run(world.record(DRILL), release=OTHER))
    opened = NOON - HOUR
    lasts = timedelta(days=30)
    question = world.question(found, DRILL, release=world.RELEASE)
    assert said(question) == ("pass", "")
    assert standing(question).valid_until == opened + lasts
    assert said(replace(question, now=opened + lasts - MINUTE)) == ("pass", "")
    assert said(replace(question, now=opened + lasts)) == (
        "stale",
        "its evidence ran out on 2026-12-21T11:00:00+00:00 (run 20261121T110000Z-000000)",
    )


def test_a_record_ends_when_its_own_sentence_said() -> None:
    """A longer `valid_for` of today does not bring old evidence back."""
    ended = replace(world.record(DRILL), valid_until="2026-11-21T11:30:00+00:00")
    assert said(world.question(world.log(world.run(ended)), DRILL))[0] == "stale"


def test_a_row_may_ask_for_fresher_evidence() -> None:
    """`max_age` counts from when the run opened."""
    rules = world.policy(world.GATES.replace('on = "twin"', 'on = "twin", max_age = "1 d"'))
    question = world.question(runs(PASS), policy=rules)
    assert said(question) == ("pass", "")
    assert said(replace(question, now=NOON - HOUR + DAY))[0] == "stale"


def test_lowered_values_count_where_the_row_admits_them() -> None:
    """A pass of four workers is none of forty; a fail of four is one."""
    passed = world.log(world.run(world.record(SOLD, scaled="scaled 1/4")))
    reason = "run 20261121T110000Z-000000 says pass of lowered values (scaled 1/4), which do not count here"
    assert said(world.question(passed)) == ("no_verdict", reason)
    rules = world.policy(world.GATES.replace('on = "twin"', 'on = "twin", scaled = true'))
    assert said(world.question(passed, policy=rules)) == ("pass", "")
    failed = world.log(world.run(world.record(SOLD, FAIL, scaled="scaled 1/4")))
    assert said(world.question(failed)) == ("fail", "it was fail")


def test_a_deployment_that_states_no_release_opens_nothing() -> None:
    """A twin or a stand-in may: nobody releases it."""
    rules = world.policy(world.GATES.replace('"twin"', '["twin", "deployment"]'))
    found = world.log(world.run(world.record(SOLD), kind="deployment", release={}))
    assert said(world.question(found, policy=rules)) == (
        "no_verdict",
        "run 20261121T110000Z-000000 says pass of a deployment that states no release",
    )
    twin = world.log(world.run(world.record(SOLD), release={}))
    assert said(world.question(twin, policy=rules)) == ("pass", "")


@pytest.mark.parametrize(
    ("signer", "who"),
    [
        ("SHA256:eve", "SHA256:eve, a key that gates.toml does not name"),
        ("SHA256:bob", "bob, whose roles are not ci"),
    ],
)
def test_a_pass_needs_a_trusted_key_and_a_fail_needs_none(signer: str, who: str) -> None:
    """Whoever saw it fail saw it; whoever says that it holds must be known."""
    passed = world.run(world.record(SOLD), signer=signer)
    question = world.question(world.log(passed))
    assert said(question) == (
        "no_verdict",
        f"run 20261121T110000Z-000000 says pass, signed by {who}",
    )
    assert standing(question).untrusted
    failed = world.run(world.record(SOLD, FAIL), signer=signer, at=NOON - MINUTE * 5)
    assert said(world.question(runs(PASS) | world.log(failed)))[0] == "fail"
    late = world.run(world.record(SOLD), signer=signer, at=NOON - MINUTE * 5)
    assert said(world.question(runs(FAIL, PASS, PASS) | world.log(late)))[0] == "fail"


def test_a_revoked_key_proves_nothing_that_it_ever_signed() -> None:
    """Who stole it writes any date."""
    revoked = Principal(
        name="ci", keys=("SHA256:ci",), roles=frozenset({"ci"}), revoked=NOON + MINUTE
    )
    question = world.question(runs(PASS), policy=world.policy(people=(revoked,)))
    assert said(question) == ("pass", "")
    assert said(replace(question, now=NOON + MINUTE)) == (
        "no_verdict",
        "run 20261121T110000Z-000000 says pass, signed by ci, whose key was revoked on 2026-11-21T12:01:00+00:00",
    )


def test_of_several_places_a_fail_in_one_is_a_fail() -> None:
    """A pass in one is enough where the others know nothing."""
    here = world.run(world.record(SOLD), target="one")
    for verdict, shown in ((FAIL, "fail"), (NO_VERDICT, "pass"), (PASS, "pass")):
        there = world.run(world.record(SOLD, verdict), target="two", at=NOON - MINUTE * 5)
        found = world.question(world.log(here, there))
        assert said(found)[0] == shown
        only = replace(found, target="one", kind="twin")
        assert said(only)[0] == "pass"


def test_a_named_target_narrows_the_rows_that_it_fits() -> None:
    """And leaves the others as they are."""
    question = world.question(runs(PASS), target="staging", kind="deployment")
    assert said(question)[0] == "pass"
    twin = world.question(runs(PASS), target="other", kind="twin")
    assert said(twin) == ("no_verdict", "never run on other")
