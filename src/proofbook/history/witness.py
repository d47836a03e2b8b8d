"""
What a history has seen at all: a run in which nothing was lost proves nothing about losses.

A judge that finds nothing in a run without a single re-claim has not been asked; the caller says how
much must have been witnessed, and anything less is no verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofbook.history.events import Event, History

#: What a holder does under its token.
HELD = (Kind.HEARTBEAT, Kind.COMPLETE, Kind.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """How often each thing that matters was seen."""

    #: Jobs that were taken in.
    jobs: int = 0
    #: Jobs handed to a worker, each attempt counted.
    claims: int = 0
    #: Of these, second and later attempts.
    reclaims: int = 0
    #: Of these, attempts whose holder before had reported nothing: its lease ran out.
    lapses: int = 0
    #: Calls of a holder, sent after somebody else was given the job ...
    zombies: int = 0
    #: ... and refused.
    refused_zombies: int = 0
    heartbeats: int = 0
    completions: int = 0
    failures: int = 0
    kills: int = 0
    pauses: int = 0
    #: Claims told that there is nothing to hand out.
    empty_claims: int = 0
    #: Calls without an answer.
    unknown: int = 0
    #: Jobs that were looked at after all was over.
    looks: int = 0


def witness(history: History) -> Witness:
    """Counts over the whole history, in one pass."""
    newest: dict[str, tuple[int, int]] = {}
    reported: set[tuple[str | None, int | None]] = set()
    counts = dict.fromkeys((field.name for field in fields(Witness)), 0)
    for event in history.ordered():
        for name in _seen(event):
            counts[name] += 1
        if event.job is None or event.token is None:
            continue
        attempt, since_ns = newest.get(event.job, (0, 0))
        if event.kind is Kind.CLAIM and event.outcome is Outcome.OK:
            counts["reclaims"] += event.token > 1
            counts["lapses"] += event.token > 1 and (event.job, event.token - 1) not in reported
            if event.token > attempt and event.returned_ns is not None:
                newest[event.job] = (event.token, event.returned_ns)
        elif event.kind in HELD:
            if event.outcome is not Outcome.REJECTED and event.kind is not Kind.HEARTBEAT:
                reported.add((event.job, event.token))
            is_late = event.token < attempt and event.invoked_ns > since_ns
            counts["zombies"] += is_late
            counts["refused_zombies"] += is_late and event.outcome is Outcome.REJECTED
    counts["looks"] = len({read.job for read in history.of_kind(Kind.LAST_LOOK)})
    return Witness(**counts)


def _seen(event: Event) -> Iterable[str]:
    """The counters that one event moves by itself."""
    if event.outcome is Outcome.UNKNOWN:
        yield "unknown"
    elif event.kind is Kind.CLAIM and event.outcome is Outcome.OK:
        yield "empty_claims" if event.job is None else "claims"
    elif event.outcome is Outcome.OK and event.kind in COUNTED:
        yield COUNTED[event.kind]


COUNTED = {
    Kind.ENQUEUE: "jobs",
    Kind.HEARTBEAT: "heartbeats",
    Kind.COMPLETE: "completions",
    Kind.FAIL: "failures",
    Kind.KILL: "kills",
    Kind.PAUSE: "pauses",
}


def unwitnessed(history: History, **least: int) -> tuple[str, ...]:
    """
    Why the history proves too little: a sentence for each counter that is below what it must be.

        claim.require(not (lacks := unwitnessed(history, claims=500, reclaims=1)), "; ".join(lacks))

    `TypeError` names a counter that there is not.
    """
    Witness(**least)
    seen = witness(history)
    return tuple(
        f"{getattr(seen, name)} {name.replace('_', ' ')} were seen, and {count} are needed"
        for name, count in least.items()
        if getattr(seen, name) < count
    )
