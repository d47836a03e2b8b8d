"""Seen to fail, or not, for each thing that a planted fault may do to a claim."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.matrix import Cell, Planted, Seen, State, covering, judged, seen
from proofbook.verdicts import Verdict

FAULT = Planted(
    name="coreos.no-fencing",
    breaks=("coreos.zombie-refused",),
    unaffected=("coreos.healthy",),
    reason="200 came back",
)
BLIND = "it held: the fault did not take hold, or the check is blind to it"


def run(*records: Record, fault: str | None = "coreos.no-fencing") -> Run:
    """A run with that fault planted."""
    return Run(
        id="20261121T123456Z-1a2b3c",
        started="2026-11-21T12:34:56Z",
        finished="2026-11-21T12:35:56Z",
        suite="",
        target="local",
        kind="stand-in",
        target_digest="e",
        fault=fault,
        records=records,
    )


def record(
    claim: str, verdict: Verdict, *, reason: str = "", details: str = "", asked: bool = True
) -> Record:
    """A claim with one case, tried once."""
    attempt = Attempt(verdict=verdict, reason=reason, details=details, asked=asked)
    return Record(
        claim=f"coreos.{claim}",
        claim_digest="c",
        check_digest="d",
        place="runbooks/coreos/queue.md:1",
        sentence="It holds.",
        cases=(Case(nodeid="t", attempts=(attempt,)),),
    )


HELD = record("healthy", Verdict.PASS)


@pytest.mark.parametrize(
    ("zombie", "state", "why"),
    [
        (
            record("zombie-refused", Verdict.FAIL, reason="a 200 came back"),
            State.SEEN,
            "a 200 came back",
        ),
        (
            record("zombie-refused", Verdict.FAIL, reason="no", details="E  200 came back"),
            State.SEEN,
            "no",
        ),
        (
            record("zombie-refused", Verdict.FAIL, reason="the store is full"),
            State.UNSEEN,
            "it failed, but not for '200 came back': the store is full",
        ),
        (record("zombie-refused", Verdict.PASS), State.UNSEEN, BLIND),
        (
            record("zombie-refused", Verdict.NO_VERDICT, reason="200 came back"),
            State.LOST,
            "200 came back",
        ),
        (
            record("zombie-refused", Verdict.NO_VERDICT, reason="not permitted", asked=False),
            State.NOT_ASKED,
            "not permitted",
        ),
        (record("another", Verdict.FAIL), State.LOST, "the run says nothing of it"),
    ],
)
def test_a_claim_that_must_break_is_seen_to_fail_only_for_the_fault_s_own_reason(
    zombie: Record, state: State, why: str
) -> None:
    """Holding, failing otherwise, and no verdict are each told apart."""
    broken, spared = judged(FAULT, run(zombie, HELD))
    assert broken == Cell(
        fault="coreos.no-fencing", claim="coreos.zombie-refused", state=state, why=why
    )
    assert spared.state is State.HELD


def test_a_fault_without_a_reason_takes_any_failure() -> None:
    """An overlay of somebody's own program need not know how its failure reads."""
    plain = Planted(name="coreos.no-fencing", breaks=FAULT.breaks)
    (cell,) = judged(plain, run(record("zombie-refused", Verdict.FAIL, reason="anything")))
    assert (cell.state, cell.why) == (State.SEEN, "anything")


@pytest.mark.parametrize(
    ("healthy", "state"),
    [
        (record("healthy", Verdict.FAIL, reason="503"), State.DISTURBED),
        (record("healthy", Verdict.NO_VERDICT, reason="503"), State.LOST),
        (record("healthy", Verdict.NO_VERDICT, reason="503", asked=False), State.NOT_ASKED),
    ],
)
def test_a_claim_that_must_stay_untouched_and_does_not_is_told(
    healthy: Record, state: State
) -> None:
    """A fault that breaks everything proves little."""
    seen_to_fail = record("zombie-refused", Verdict.FAIL, reason="200 came back")
    _, spared = judged(FAULT, run(seen_to_fail, healthy))
    assert spared == Cell(fault="coreos.no-fencing", claim="coreos.healthy", state=state, why="503")


def test_without_a_run_every_claim_is_lost() -> None:
    """A crash has seen nothing."""
    cells = judged(FAULT, None, "it ended with code 20")
    assert [(cell.state, cell.why) for cell in cells] == [(State.LOST, "it ended with code 20")] * 2


def test_a_run_without_the_fault_proves_nothing_of_it() -> None:
    """A failure for want of anything else is not the fault's."""
    seen_to_fail = record("zombie-refused", Verdict.FAIL, reason="200 came back")
    for fault in (None, "coreos.other"):
        cells = judged(FAULT, run(seen_to_fail, HELD, fault=fault))
        assert [cell.why for cell in cells] == [f"the run planted {fault}"] * 2
        assert {cell.state for cell in cells} == {State.LOST}


def test_each_claim_is_counted_against_the_faults_that_must_break_it() -> None:
    """Not against those that leave it alone; a claim that none breaks has seen 0 of 0."""
    other = Planted(name="coreos.late", breaks=("coreos.zombie-refused", "coreos.healthy"))
    cells = [
        Cell(fault="coreos.no-fencing", claim="coreos.zombie-refused", state=State.SEEN),
        Cell(fault="coreos.no-fencing", claim="coreos.healthy", state=State.HELD),
        Cell(fault="coreos.late", claim="coreos.zombie-refused", state=State.UNSEEN),
        Cell(fault="coreos.late", claim="coreos.healthy", state=State.SEEN),
    ]
    claims = ["coreos.zombie-refused", "coreos.healthy", "coreos.alone"]
    assert seen(cells, claims, [FAULT, other]) == {
        "coreos.zombie-refused": Seen(seen=1, faults=("coreos.no-fencing", "coreos.late")),
        "coreos.healthy": Seen(seen=1, faults=("coreos.late",)),
        "coreos.alone": Seen(seen=0, faults=()),
    }


_CLAIMS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)


@given(breaks=st.lists(_CLAIMS, max_size=8))
def test_few_faults_break_what_all_of_them_break(breaks: list[list[str]]) -> None:
    """Each that is chosen breaks something; they keep their order."""
    planted = [Planted(name=f"s.f{n}", breaks=tuple(each)) for n, each in enumerate(breaks)]

    chosen = covering(planted)

    assert {c for fault in chosen for c in fault.breaks} == {c for each in breaks for c in each}
    assert all(fault.breaks for fault in chosen)
    assert [fault.name for fault in chosen] == [f.name for f in planted if f in chosen]


def test_a_fault_whose_claims_others_break_is_left_out() -> None:
    """The one that breaks most comes first, and of equals the first that is known."""
    planted = [
        Planted(name="s.narrow", breaks=("a",)),
        Planted(name="s.wide", breaks=("a", "b")),
        Planted(name="s.first", breaks=("c",)),
        Planted(name="s.second", breaks=("c",)),
    ]

    assert [fault.name for fault in covering(planted)] == ["s.wide", "s.first"]
