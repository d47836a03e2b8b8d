"""
The law: from the same head of the log, losing or spoiling evidence never opens a closed gate.

Logs are drawn at random; a gate that is shut over a whole log stays shut over whatever is left of it
once its heads are pinned, and over everything that grows older.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import chain, combinations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofbook.acts import NO, YES, Ruling, SignOff, Waiver
from proofbook.gate import decide
from proofbook.gate.ruling import ruling
from proofbook.log import Damage, Log, Trail
from proofbook.report import Exit
from proofbook.verdicts import Verdict
from tests.engine.gate import world
from tests.engine.gate.world import DAY, HOUR, MINUTE, NOON, PAID, SIGNED, SOLD

if TYPE_CHECKING:
    from proofbook.claims import Claim
    from proofbook.log import Act, Part

VERDICTS = st.sampled_from([Verdict.PASS, Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT])
KEYS = ("SHA256:ci", "SHA256:ada", "SHA256:bob", "SHA256:eve")
RELEASES: tuple[dict[str, str], ...] = (world.RELEASE, {"shop.api": "sha256:bbbb"}, {})
CLAIMS = (SOLD, PAID, SIGNED)


#: How long ago something was, or is going to be.
PAST = st.integers(1, 200)
ANY = st.one_of(st.integers(-20, -1), PAST)


@st.composite
def parts(draw: st.DrawFn, hours: st.SearchStrategy[int] = PAST) -> Part:
    """A run of some claims, mostly one that helps."""
    of = draw(st.sets(st.sampled_from((SOLD, PAID)), min_size=1))
    longer = (9 * HOUR,) if hours is ANY else ()
    made = [
        world.record(
            each,
            draw(VERDICTS),
            check=draw(st.sampled_from(("check-1",) * 5 + ("check-0",))),
            scaled=draw(st.sampled_from(("",) * 5 + ("scaled 1/4",))),
        )
        for each in sorted(of, key=lambda each: each.id)
    ]
    return world.run(
        *made,
        at=NOON - draw(hours) * HOUR,
        target=draw(st.sampled_from(("copy", "copy", "other"))),
        kind=draw(st.sampled_from(("twin",) * 5 + ("deployment",))),
        release=draw(st.sampled_from(RELEASES[:1] * 5 + RELEASES[1:])),
        signer=draw(st.sampled_from(KEYS[:1] * 5 + KEYS[1:])),
        took=draw(st.sampled_from((MINUTE,) * 5 + longer + (None,))),
        fault=draw(st.sampled_from((None,) * 5 + ("shop.x",))),
        token=f"{draw(st.integers(0, 0xFFFFFF)):06x}",
    )


@st.composite
def acts(draw: st.DrawFn, hours: st.SearchStrategy[int] = PAST) -> Act:
    """An answer or a waiver, which may count or not."""
    until = (NOON + draw(st.integers(-5, 200)) * HOUR).isoformat()
    at = NOON - draw(hours) * HOUR
    signers = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        answer = draw(st.sampled_from((YES, YES, NO)))
        word: SignOff | Waiver = SignOff(
            claim=SIGNED.id,
            digest=SIGNED.digest,
            target="copy",
            kind="twin",
            release=draw(st.sampled_from(RELEASES)),
            role="SRE",
            answer=answer,
            note="",
            until=until,
        )
    else:
        of = draw(st.sampled_from((SOLD, PAID)))
        word = Waiver(
            claim=of.id,
            digest=of.digest,
            target="copy",
            kind="twin",
            verdict=draw(st.sampled_from(("fail", "no_verdict", "stale"))),
            owner="ada",
            reason="",
            until=until,
        )
    return world.act(word, *signers, at=at)


def logs(hours: st.SearchStrategy[int] = PAST) -> st.SearchStrategy[Log]:
    """A log of a few chains."""
    some = st.lists(st.one_of(parts(hours), parts(hours), acts(hours)), max_size=8)
    return some.map(lambda entries: Log() | world.log(*entries))


claims = st.sets(st.sampled_from(CLAIMS), min_size=1).map(
    lambda of: tuple(sorted(of, key=lambda each: each.id))
)
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(logs(), logs(), logs())
@quick
def test_the_union_of_logs_is_a_union(one: Log, two: Log, three: Log) -> None:
    """Associative, commutative, idempotent: it does not matter which store came first."""
    assert one | (two | three) == (one | two) | three
    assert one | two == two | one
    assert one | one == one
    assert Log() | one == one


@given(logs(), claims, st.data())
@quick
def test_order_and_doubles_change_nothing(
    log: Log, of: tuple[Claim, ...], data: st.DataObject
) -> None:
    """A log is a set."""
    shuffled = Log(
        parts=tuple(data.draw(st.permutations(log.parts))),
        acts=tuple(data.draw(st.permutations(log.acts))),
    )
    doubled = Log(parts=(*shuffled.parts, *log.parts), acts=(*log.acts, *shuffled.acts))
    told = decide(world.question(log, *of))
    assert decide(world.question(shuffled, *of)) == told
    assert decide(world.question(Log() | doubled, *of)) == told


@given(logs(), claims, st.data())
@quick
def test_removing_chains_never_opens_a_gate(
    log: Log, of: tuple[Claim, ...], data: st.DataObject
) -> None:
    """Whatever is gone is missed: the heads that were seen are pinned."""
    less = Log(
        parts=tuple(part for part in log.parts if data.draw(st.booleans())),
        acts=tuple(act for act in log.acts if data.draw(st.booleans())),
    )
    whole = decide(world.question(log, *of, pins=log.heads))
    left = decide(world.question(less, *of, pins=log.heads))
    assert whole.opens or not left.opens
    if less.heads != log.heads:
        assert not left.opens
        assert left.exit is Exit.LOG


@given(logs(), claims, st.data())
@quick
def test_an_earlier_decision_pins_what_it_saw(
    log: Log, of: tuple[Claim, ...], data: st.DataObject
) -> None:
    """So that a tail that was cut off is missed without a head from elsewhere."""
    seen = Ruling(
        gate="other",
        target=None,
        policy="",
        opens=False,
        exit=5,
        claims=(),
        heads=tuple(sorted(map(str, log.heads))),
        cites=(),
    )
    ruling = world.log(world.act(seen, "SHA256:eve"))
    less = Log(parts=tuple(p for p in log.parts if data.draw(st.booleans())), acts=log.acts)
    left = decide(world.question(less | ruling, *of))
    if less.heads != log.heads:
        assert (left.opens, left.exit) == (False, Exit.LOG)
    else:
        assert left.opens == decide(world.question(log, *of)).opens


@given(logs(ANY), claims, st.integers(0, 300))
@quick
def test_time_never_opens_a_gate(log: Log, of: tuple[Claim, ...], hours: int) -> None:
    """
    Evidence, answers and waivers run out, and nothing that is shut opens by waiting.

    Not even what was dated ahead, once a decision has seen that it was.
    """
    rules = world.policy(world.GATES.replace('on = "twin"', 'on = "twin", max_age = "7 d"'))
    question = world.question(log, *of, policy=rules)
    now = decide(question)
    seen = world.log(world.act(ruling(now), "SHA256:ci", at=NOON))
    later = replace(question, now=NOON + hours * HOUR, log=log | seen)
    assert now.opens or not decide(later).opens


@given(logs(), claims, st.data())
@quick
def test_older_evidence_never_opens_a_gate(
    log: Log, of: tuple[Claim, ...], data: st.DataObject
) -> None:
    """A pass that is dated earlier than it was is another chain: the pinned one is missed."""
    aged = tuple(_dated_back(p) if data.draw(st.booleans()) else p for p in log.parts)
    question = world.question(log, *of, pins=log.heads)
    left = decide(replace(question, log=Log(parts=aged, acts=log.acts)))
    assert decide(question).opens or not left.opens


def _dated_back(part: Part) -> Part:
    at = datetime.fromisoformat(part.run.started) - DAY
    run = replace(part.run, started=at.isoformat())
    return replace(part, run=run, trail=world.trail(part.trail.chain, repr(run)))


@given(logs(), claims, st.data())
@quick
def test_damage_shuts_every_gate(log: Log, of: tuple[Claim, ...], data: st.DataObject) -> None:
    """A chain that does not verify is no chain, and the damage says so: exit 8."""
    if not log.parts:
        return
    spoilt = data.draw(st.sampled_from(log.parts))
    damage = Damage(f"log/{spoilt.trail.chain}.jsonl:1", "its digest is another", "Bring it back.")
    left = Log(
        parts=tuple(p for p in log.parts if p is not spoilt), acts=log.acts, broken=(damage,)
    )
    told = decide(world.question(left, *of))
    assert (told.opens, told.exit) == (False, Exit.LOG)


@given(logs(), claims)
@quick
def test_a_gate_opens_on_passes_and_allowed_waivers_alone(log: Log, of: tuple[Claim, ...]) -> None:
    """Whatever else is in the log: its exit code, its word and its answers say the same."""
    told = decide(world.question(log, *of))
    verdicts = {answer.standing.verdict for answer in told.answers}
    opens = not told.shut and verdicts <= {Verdict.PASS, Verdict.WAIVED}
    assert told.opens == opens == (told.exit is Exit.PASS)
    assert told.word == ("PASSED" if opens else "FAILED")


def _subsets(chains: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    sizes = range(len(chains) + 1)
    return list(chain.from_iterable(combinations(chains, size) for size in sizes))


@pytest.mark.slow
def test_every_small_case() -> None:
    """Two claims, three runs, each claim passed, failed, unknown or not asked in each: every subset."""
    kinds = (Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT, None)
    looked_at = 0
    for verdicts in product(kinds, repeat=6):
        runs = tuple(
            world.run(
                *(
                    world.record(of, verdict)
                    for of, verdict in zip((SOLD, PAID), verdicts[at * 2 : at * 2 + 2], strict=True)
                    if verdict is not None
                ),
                at=NOON - HOUR + at * MINUTE,
            )
            for at in range(3)
        )
        opens = _by_hand(verdicts[::2]) and _by_hand(verdicts[1::2])
        whole = world.question(world.log(*runs), SOLD, PAID)
        pins = whole.log.heads
        for subset in _subsets(runs):
            told = decide(replace(whole, log=world.log(*subset), pins=pins))
            assert told.opens is (opens and len(subset) == len(runs)), (verdicts, len(subset))
            looked_at += 1
    assert looked_at == 4**6 * 8


def _by_hand(verdicts: tuple[Verdict | None, ...]) -> bool:
    """Three clean runs never fit after a fail: a claim holds if its last run passed and none failed."""
    asked = [verdict for verdict in verdicts if verdict is not None]
    return bool(asked) and asked[-1] is Verdict.PASS and Verdict.FAIL not in asked


def test_a_longer_chain_goes_on_from_its_pin_and_a_shorter_does_not() -> None:
    """A run that was still going when its head was printed may have gone on since."""
    part = world.run(world.record(SOLD))
    digests = (*part.trail.digests, "cd" * 32)
    longer = replace(part, trail=Trail(part.trail.chain, digests))
    old, new = part.trail.head, longer.trail.head
    assert decide(world.question(world.log(longer), pins=[old])).opens
    cut = decide(world.question(world.log(part), pins=[new]))
    assert cut.exit is Exit.LOG
    assert [shut.what for shut in cut.shut] == [
        f"the log does not go on from {new}, a head that was pinned"
    ]
