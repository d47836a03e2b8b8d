"""
Seen to fail: planted faults against the claims that each must break, or must leave alone.

A check is finished when it has been seen to fail under a fault, for that fault's own reason: a check
that fails whatever happens, or for want of a deployment, has seen nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from proofbook.evidence import Record, Run


class State(Enum):
    """What one planted fault did to one claim; the word, and whether that is as it must be."""

    SEEN = "seen to fail", True
    HELD = "held", True
    #: The target permits or provides too little: nothing is known.
    NOT_ASKED = "not asked", True
    #: It held, or failed for another reason than the fault's.
    UNSEEN = "not seen", False
    #: A claim that the fault must leave alone, and did not.
    DISTURBED = "disturbed", False
    #: No verdict, or no run at all.
    LOST = "no verdict", False

    def __init__(self, word: str, is_right: bool) -> None:  # noqa: FBT001 - the members read well
        self.word = word
        self.is_right = is_right


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A fault, and what is to come of it."""

    #: `system.name`; empty: nothing is planted, for comparison.
    name: str
    breaks: tuple[str, ...]
    unaffected: tuple[str, ...] = ()
    #: A part of the failure that is this fault's own; empty: any failure will do.
    reason: str = ""

    @property
    def claims(self) -> tuple[str, ...]:
        """All that it speaks of: first what it must break."""
        return (*self.breaks, *self.unaffected)

    @property
    def parts(self) -> tuple[Planted, ...]:
        """The same fault for each of its claims alone."""
        return (
            *(replace(self, breaks=(claim,), unaffected=()) for claim in self.breaks),
            *(replace(self, breaks=(), unaffected=(claim,)) for claim in self.unaffected),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One claim under one fault."""

    fault: str
    claim: str
    state: State
    #: What was seen, or why nothing was.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How often a claim's check was seen to fail, and under which faults it was to."""

    seen: int
    faults: tuple[str, ...]


def covering(planted: Sequence[Planted]) -> tuple[Planted, ...]:
    """
    Few of the faults, in their order, that break between them whatever all of them break.

    The greedy choice: whichever breaks most claims that none chosen before it does, the first of equals.
    """
    left = {claim for fault in planted for claim in fault.breaks}
    chosen = set()
    while left:
        best = max(planted, key=lambda fault: len(left.intersection(fault.breaks)))
        chosen.add(best.name)
        left.difference_update(best.breaks)
    return tuple(fault for fault in planted if fault.name in chosen)


def judged(fault: Planted, run: Run | None, error: str = "") -> tuple[Cell, ...]:
    """A cell for each claim of a fault, from the run in which it was planted; `None`: there is none."""
    records = {record.claim: record for record in run.records} if run else {}
    if run and (run.fault or "") != fault.name:
        records, error = {}, f"the run planted {run.fault}"
    found = []
    for claim in fault.claims:
        record = records.get(claim)
        if record is None:
            state, why = State.LOST, error or "the run says nothing of it"
        elif record.verdict is Verdict.NO_VERDICT:
            state, why = State.LOST if record.asked else State.NOT_ASKED, record.reason
        elif claim in fault.breaks:
            state, why = _broken(record, fault.reason)
        else:
            held = record.verdict is Verdict.PASS
            state, why = State.HELD if held else State.DISTURBED, record.reason
        found.append(Cell(fault=fault.name, claim=claim, state=state, why=why))
    return tuple(found)


def seen(
    cells: Iterable[Cell], claims: Iterable[str], faults: Iterable[Planted]
) -> Mapping[str, Seen]:
    """For each claim, how often it was seen to fail, of how many faults that are to break it."""
    hits = [cell.claim for cell in cells if cell.state is State.SEEN]
    faults = tuple(faults)
    return {
        claim: Seen(
            seen=hits.count(claim),
            faults=tuple(fault.name for fault in faults if claim in fault.breaks),
        )
        for claim in claims
    }


def _broken(record: Record, reason: str) -> tuple[State, str]:
    """A claim that was to fail, and did or did not."""
    if record.verdict is not Verdict.FAIL:
        return State.UNSEEN, "it held: the fault did not take hold, or the check is blind to it"
    if reason and not any(reason in text for text in _failures(record)):
        return State.UNSEEN, f"it failed, but not for {reason!r}: {record.reason}"
    return State.SEEN, record.reason


def _failures(record: Record) -> Iterable[str]:
    attempts = (attempt for case in record.cases for attempt in case.attempts)
    failed = (attempt for attempt in attempts if attempt.verdict is Verdict.FAIL)
    return (text for attempt in failed for text in (attempt.reason, attempt.details))
