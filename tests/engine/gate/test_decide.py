"""A gate's answer: what shuts it, which code it ends with, and what lets people past it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.acts import Override, Retirement, Ruling
from proofbook.gate import decide
from proofbook.gate.ruling import ruling
from proofbook.log import Damage
from proofbook.report import Exit
from proofbook.verdicts import Verdict
from tests.engine.gate import world
from tests.engine.gate.world import DAY, HOUR, MINUTE, NOON, PAID, SIGNED, SOLD

if TYPE_CHECKING:
    from datetime import datetime

    from proofbook.gate import Decision
    from proofbook.log import Act, Log

PASSED = world.run(world.record(SOLD), world.record(PAID))
WORD = Override(
    gate="promote",
    target="copy",
    release=world.RELEASE,
    reason="fire",
    until=(NOON + HOUR).isoformat(),
)


@pytest.mark.parametrize(
    ("sold", "paid", "code"),
    [
        ("pass", "pass", Exit.PASS),
        ("pass", "fail", Exit.FAIL),
        ("no_verdict", "fail", Exit.FAIL),
        ("no_verdict", "pass", Exit.NO_VERDICT),
        ("no_verdict", "stale", Exit.NO_VERDICT),
        ("stale", "pass", Exit.STALE),
        ("foreign", "pass", Exit.LOG),
        ("foreign", "stale", Exit.LOG),
        ("foreign", "fail", Exit.FAIL),
    ],
)
def test_the_code_is_of_the_worst_that_does_not_hold(sold: str, paid: str, code: Exit) -> None:
    """Fail > no_verdict > stale; where nothing is worse than a key that nobody trusts, 8."""
    runs = []
    for at, (of, said) in enumerate(((SOLD, sold), (PAID, paid))):
        verdict = Verdict(said) if said in ("fail", "no_verdict") else Verdict.PASS
        found = world.record(of, verdict, check="check-0" if said == "stale" else "check-1")
        signer = "SHA256:eve" if said == "foreign" else "SHA256:ci"
        runs.append(world.run(found, at=NOON - HOUR + at * MINUTE, took=MINUTE / 2, signer=signer))
    told = decide(world.question(world.log(*runs), SOLD, PAID, release=world.RELEASE))
    assert (told.exit, told.opens) == (code, code is Exit.PASS)


def test_damage_comes_before_everything() -> None:
    """Even before a fail."""
    log = world.log(world.run(world.record(SOLD, Verdict.FAIL)))
    damage = Damage("log/x.jsonl:2", "its digest is another", "Bring it back.")
    told = decide(world.question(replace(log, broken=(damage,))))
    assert told.exit is Exit.LOG
    assert [(each.what, each.remedy) for each in told.shut] == [
        ("log/x.jsonl:2: its digest is another", "Bring it back.")
    ]


def test_an_act_that_is_none_shuts_the_gate() -> None:
    """Nobody guesses what a body that no program wrote was meant to say."""
    act = world.act(WORD, "SHA256:ada")
    odd = replace(act, body={**act.body, "until": "soon"})
    told = decide(world.question(world.log(PASSED, odd)))
    assert told.exit is Exit.LOG
    assert told.shut[0].what == (
        f"log/{act.head.chain}.jsonl: this override is none: Invalid isoformat string: 'soon'"
    )


def test_a_row_that_chooses_too_few_claims_shuts_the_gate() -> None:
    """A gate that asks for nothing has nothing to open on."""
    rules = world.policy(world.GATES.replace('on = "twin"', 'on = "twin", at_least = 2'))
    told = decide(world.question(world.log(PASSED), policy=rules))
    assert told.exit is Exit.NO_VERDICT
    assert told.shut[0].what == (
        "gates.toml:3: shop on twin chooses 1 claims, and asks for at least 2"
    )
    assert decide(world.question(world.log(PASSED), SOLD, PAID, policy=rules)).opens


def test_rows_are_joined_by_release() -> None:
    """What was proved of one release here and of another there is proved of neither."""
    both = world.GATES.replace(
        '{ select = "shop", on = "twin" }',
        '{ select = "shop", on = "twin" }, { select = "shop", on = "deployment" }',
    )
    there = {"target": "prod", "kind": "deployment", "at": NOON - MINUTE * 5}
    same = world.log(PASSED, world.run(world.record(SOLD), **there))
    assert decide(world.question(same, policy=world.policy(both))).opens
    other = world.run(world.record(SOLD), **there, release={"shop.api": "sha256:bbbb"})
    told = decide(world.question(world.log(PASSED, other), policy=world.policy(both)))
    assert told.release == {"shop.api": "sha256:bbbb"}
    assert [(a.row, a.holds) for a in told.answers] == [
        ("shop on twin", False),
        ("shop on deployment", True),
    ]


def test_what_a_release_does_not_name_is_bound_too() -> None:
    """A worker that was exchanged meanwhile was not proved with the API that was named."""
    one = {"shop.api": "sha256:aaaa", "shop.worker": "sha256:1111"}
    two = {**one, "shop.worker": "sha256:2222"}
    old = world.run(world.record(SOLD), release=one)
    new = world.run(world.record(PAID), release=two, at=NOON - 5 * MINUTE)
    told = decide(world.question(world.log(old, new), SOLD, PAID, release={"api": "sha256:aaaa"}))
    assert told.release == two
    assert [(a.standing.claim.id, a.holds) for a in told.answers] == [
        (SOLD.id, False),
        (PAID.id, True),
    ]
    assert told.exit is Exit.STALE


def _decided(log: Log) -> Act:
    """What the log is told of the gate's decision over a log, for two claims."""
    return world.act(ruling(decide(world.question(log, SOLD, PAID))), "SHA256:ci")


def test_a_claim_that_vanished_is_asked_for_until_its_retirement_is_signed() -> None:
    """By somebody whom the gate lets retire, and before now."""
    log = world.log(PASSED, _decided(world.log(PASSED)))
    told = decide(world.question(log, SOLD))
    assert (told.exit, told.opens) == (Exit.NO_VERDICT, False)
    (gone,) = told.unmet
    assert (gone.row, gone.standing.claim.id, gone.why) == (
        "an earlier decision",
        PAID.id,
        "no runbook states it any more, and its retirement is not signed",
    )
    retired = Retirement(claim=PAID.id, reason="no orders any more")
    for signer, at, opens in (
        ("SHA256:ada", NOON, True),
        ("SHA256:ada", NOON + MINUTE, False),
        ("SHA256:bob", NOON, False),
        ("SHA256:eve", NOON, False),
    ):
        act = world.act(retired, signer, at=at)
        assert decide(world.question(log | world.log(act), SOLD)).opens is opens


def test_a_vanished_claim_is_not_forgotten_by_the_next_decision() -> None:
    """It stays on the list however often the gate is asked."""
    log = world.log(PASSED, _decided(world.log(PASSED)))
    second = world.act(ruling(decide(world.question(log, SOLD))), "SHA256:ci", at=NOON)
    only = world.log(PASSED, second)
    assert [a.standing.claim.id for a in decide(world.question(only, SOLD)).unmet] == [PAID.id]


def test_a_renamed_claim_has_not_vanished() -> None:
    """`(was old.id)` says where it went."""
    log = world.log(PASSED, _decided(world.log(PASSED)))
    renamed = world.claim("shop.charged-once", f"(was {PAID.id}) {PAID.sentence}")
    assert decide(world.question(log, SOLD, renamed)).opens


def test_a_ruling_holds_what_a_later_reader_needs() -> None:
    """Every head that was seen, how each claim stood, and the chains it rests on."""
    said = ruling(decide(world.question(world.log(PASSED), SOLD, SIGNED)))
    assert isinstance(said, Ruling)
    assert (said.opens, said.exit, said.gate) == (False, 5, "promote")
    assert said.heads == (str(PASSED.trail.head),)
    assert said.cites == (PASSED.trail.chain,)
    assert [(c.claim, c.verdict, c.run) for c in said.claims] == [
        (SIGNED.id, "no_verdict", ""),
        (SOLD.id, "pass", PASSED.run.id),
    ]


def _overridden(*acts: Act, **facts: Any) -> Decision:
    failed = world.run(world.record(SOLD, Verdict.FAIL))
    return decide(world.question(world.log(failed, *acts), SOLD, **facts))


def test_two_people_override_and_the_gate_stays_shut() -> None:
    """Each may sign for himself, or both the same bytes."""
    apart = [world.act(WORD, "SHA256:ada"), world.act(WORD, "SHA256:bob", at=NOON - MINUTE)]
    told = _overridden(*apart)
    assert list(told.overrides) == apart
    assert (told.word, told.opens, told.exit) == ("FAILED", False, Exit.FAIL)
    together = world.act(WORD, "SHA256:ada", "SHA256:bob")
    assert _overridden(together).overrides == (together,)


@pytest.mark.parametrize(
    ("word", "signers", "at"),
    [
        (WORD, ("SHA256:ada",), NOON - HOUR),
        (WORD, ("SHA256:ada", "SHA256:ada"), NOON - HOUR),
        (WORD, ("SHA256:ada", "SHA256:ci"), NOON - HOUR),
        (WORD, ("SHA256:ada", "SHA256:eve"), NOON - HOUR),
        (WORD, ("SHA256:ada", "SHA256:bob"), NOON + MINUTE),
        (WORD, ("SHA256:ada", "SHA256:bob"), NOON - 4 * HOUR),
        (replace(WORD, until=NOON.isoformat()), ("SHA256:ada", "SHA256:bob"), NOON - HOUR),
        (replace(WORD, gate="other"), ("SHA256:ada", "SHA256:bob"), NOON - HOUR),
        (replace(WORD, release={}), ("SHA256:ada", "SHA256:bob"), NOON - HOUR),
        (replace(WORD, release={"api": "b"}), ("SHA256:ada", "SHA256:bob"), NOON - HOUR),
    ],
    ids=[
        "one",
        "twice",
        "machine",
        "foreign",
        "future",
        "too long",
        "over",
        "gate",
        "none",
        "release",
    ],
)
def test_what_overrides_nothing(word: Override, signers: tuple[str, ...], at: datetime) -> None:
    """Two different people of the right roles, the same words, four hours at most."""
    assert _overridden(world.act(word, *signers, at=at)).overrides == ()


def test_an_override_is_of_the_target_that_is_asked_about() -> None:
    """Another place is another risk."""
    act = world.act(WORD, "SHA256:ada", "SHA256:bob")
    assert _overridden(act, target="copy", kind="twin").overrides == (act,)
    assert _overridden(act, target="other", kind="twin").overrides == ()


def test_an_old_decision_does_not_open_anything() -> None:
    """That a gate once opened is no evidence."""
    log = world.log(_decided(world.log(PASSED)))
    told = decide(world.question(log, SOLD, PAID, now=NOON + DAY))
    assert (told.opens, told.exit) == (False, Exit.LOG)
