"""Logs as values: their union, and shards that become a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from proofbook.log import Act, Damage, Log, Part, Trail
from tests.engine.store.samples import FAIL, NOON, PASS, record, run

if TYPE_CHECKING:
    from proofbook.verdicts import Verdict

#: Chains whose later versions go on from their earlier ones, so that they never contradict.
PARTS = st.builds(
    lambda name, count: Part(
        run=run(name),
        signer="SHA256:x",
        trail=Trail(name, tuple(f"{n:064x}" for n in range(count))),
    ),
    st.sampled_from(["r1", "r2", "r3"]),
    st.integers(1, 4),
)
ACTS = st.builds(
    lambda name: Act(
        kind="waiver", at=NOON, body={}, signers=("SHA256:x",), trail=Trail(name, ("f" * 64,))
    ),
    st.sampled_from(["waiver-1", "waiver-2"]),
)
LOGS = st.builds(
    lambda parts, acts, places: (
        Log(parts=tuple(parts), acts=tuple(acts))
        | Log(broken=tuple(Damage(place, "what", "remedy") for place in places))
    ),
    st.lists(PARTS, max_size=4),
    st.lists(ACTS, max_size=2),
    st.lists(st.sampled_from("ab"), max_size=2),
)


@given(LOGS, LOGS, LOGS)
def test_the_union_is_associative_commutative_and_idempotent(a: Log, b: Log, c: Log) -> None:
    """It does not matter which store came first, nor how often."""
    assert (a | b) | c == a | (b | c)
    assert a | b == b | a
    assert a | a == a == a | Log()


@given(LOGS, LOGS)
def test_a_union_lacks_nothing_of_either(a: Log, b: Log) -> None:
    """Every head that one of two logs had is gone on from in both together."""
    assert (a | b).lacks(a.heads | b.heads) == ()


def shard(number: int, verdicts: dict[str, Verdict], *, has_ended: bool = True) -> Part:
    """One of two shards of the run r1, which asks a, b (the first) and c (the second)."""
    assigned = {"a": 1, "b": 1, "c": 2}
    end = (NOON + timedelta(minutes=number)).isoformat()
    records = tuple(record(claim, verdicts.get(claim)) for claim in assigned)
    opened = run("r1", NOON + timedelta(seconds=number))
    return Part(
        run=replace(opened, finished=end if has_ended else None, records=records),
        signer=f"SHA256:{number}",
        trail=Trail(f"r1.{number}-of-2", (str(number) * 64,)),
        shard=number,
        of=2,
        shards=assigned,
    )


def said(log: Log) -> dict[str, str]:
    """Claim → verdict and reason in the only run of a log."""
    (testimony,) = log.testimonies
    one = testimony.run
    return {r.claim: f"{one.verdict(r)} {one.reason(r)}".strip() for r in one.records}


def test_shards_become_their_run() -> None:
    """It opened with the first and ended with the last, and all who signed it are named."""
    log = Log(parts=(shard(2, {"c": PASS}), shard(1, {"a": PASS, "b": FAIL})))
    assert said(log) == {"a": "pass", "b": "fail it does not hold", "c": "pass"}
    (one,) = log.testimonies
    assert one.signers == {"SHA256:1", "SHA256:2"}
    assert (one.run.started, one.run.finished) == (
        (NOON + timedelta(seconds=1)).isoformat(),
        (NOON + timedelta(minutes=2)).isoformat(),
    )
    assert one.heads == log.heads


def test_a_lost_shard_is_no_verdict() -> None:
    """The other's claims stay as they are."""
    log = Log(parts=(shard(1, {"a": PASS, "b": PASS}),))
    lost = "no_verdict shard 2/2 of the run is missing"
    assert said(log) == {"a": "pass", "b": "pass", "c": lost}


def test_a_shard_without_an_end_has_no_pass() -> None:
    """Its fail is one all the same; the other shard's claims stay as they are."""
    log = Log(parts=(shard(1, {"a": PASS, "b": FAIL}, has_ended=False), shard(2, {"c": PASS})))
    assert said(log) == {
        "a": "no_verdict the run never ended",
        "b": "fail it does not hold",
        "c": "pass",
    }


def test_shards_that_contradict_one_another_are_damage() -> None:
    """Two for one place, or of different targets: neither is believed."""
    first, second = shard(1, {"a": PASS}), shard(2, {"c": PASS})
    twice = replace(first, trail=Trail("other", ("9" * 64,)))
    elsewhere = replace(second, run=replace(second.run, target="staging"))
    cut = replace(second, of=3)
    found = [Log(parts=(first, odd)) for odd in (twice, elsewhere, cut)]
    assert [log.testimonies for log in found] == [(), (), ()]
    assert [[str(each) for each in log.damage] for log in found] == [
        [
            (
                "log/r1.1-of-2.jsonl: it and other both say that they are shard 1 of 2 of the run r1. "
                "Find out which is the true one, and take the other's file away."
            )
        ],
        [
            (
                "log/r1.2-of-2.jsonl: its target is 'staging', and 'local' in r1.1-of-2, of the same "
                "run. Find out which is the true one, and take the other's file away."
            )
        ],
        [
            (
                "log/r1.2-of-2.jsonl: it cuts the run r1 otherwise than r1.1-of-2 does. "
                "Find out which is the true one, and take the other's file away."
            )
        ],
    ]


def test_a_chain_that_forked_is_damage() -> None:
    """Two stores hold different ends of one chain: their union says so, and believes neither."""
    one = Part(run=run("r1"), signer="SHA256:x", trail=Trail("r1", ("a" * 64, "b" * 64)))
    log = Log(parts=(one,)) | Log(parts=(replace(one, trail=Trail("r1", ("a" * 64, "c" * 64))),))
    assert log.testimonies == ()
    assert [each.place for each in log.damage] == ["log/r1.jsonl"]


def test_what_was_made_after_now_is_named() -> None:
    """A clock was wrong, here or there."""
    act = Act(kind="waiver", at=NOON, body={}, signers=(), trail=Trail("waiver-1", ("f" * 64,)))
    log = Log(acts=(act,))
    assert log.ahead(NOON) == ()
    (damage,) = log.ahead(datetime(2026, 11, 21, 11, tzinfo=UTC))
    assert str(damage) == (
        "log/waiver-1.jsonl: it was made at 2026-11-21T12:00:00+00:00, "
        "and here it is 2026-11-21T11:00:00+00:00. "
        "Set the clock that is wrong; evidence from the future proves nothing."
    )


def test_a_head_that_the_log_does_not_go_on_from_is_missed() -> None:
    """Cut, exchanged, or not there at all."""
    log = Log(parts=(Part(run=run("r1"), signer="x", trail=Trail("r1", ("a" * 64,))),))
    longer = Trail("r1", ("a" * 64, "b" * 64)).head
    gone = Trail("r0", ("a" * 64,)).head
    assert log.lacks([longer, gone, *log.heads]) == (gone, longer)
    assert log.extends(next(iter(log.heads)))
    assert not log.extends(longer)
