"""Leases: one live holder, who is served, while whoever lost the job changes nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Outcome
from proofbook.history.jobs import SECOND, accepted, returned, token
from proofbook.history.promises import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history.events import Event
    from proofbook.history.jobs import Job, Scene

#: What a holder does under its token.
HELD = (Kind.HEARTBEAT, Kind.COMPLETE, Kind.FAIL)


def overlap(job: Job, scene: Scene) -> Iterator[Violation]:
    """
    Q3: a job passes on only when its holder reported, or when its lease must have run out.

    The lease began no earlier than the claim, or the last accepted heartbeat, was sent; the next claim
    was granted no later than it was answered. Each token missing between the two stands for a claim
    whose answer was lost: its holder never reported, so a whole lease passed.
    """
    for a, b in pairwise(job.claims):
        if a.token == b.token or job.reports(token(a), returned(b)):
            continue
        began_ns = job.prolonged_ns(a, returned(b))
        free_ns = began_ns + scene.lease_ns * (token(b) - token(a))
        if free_ns > returned(b):
            by = "its claim" if began_ns == a.invoked_ns else "its last heartbeat"
            yield Violation(
                rule="Q3",
                job=job.name,
                tokens=(token(a), token(b)),
                sentence=f"{job.name}: {b.worker} had attempt {b.token} at {scene.at(returned(b))}, "
                f"while {a.worker} held attempt {a.token} until {scene.at(free_ns)} at the least, "
                f"by {by} at {scene.at(began_ns)}",
                events=_shown(job, a, b, began_ns),
            )


def stale_accepted(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q4: what is sent under a token after a larger one was answered is refused."""
    if not job.claims:
        return
    for kind in HELD:
        for event in accepted(job.of[kind]):
            lost_ns = job.superseded_ns(token(event))
            if (
                lost_ns is None
                or event.invoked_ns <= lost_ns
                or _repeats(job, event, lost_ns, scene)
            ):
                continue
            newer = next(
                c for c in job.claims if token(c) > token(event) and returned(c) == lost_ns
            )
            yield Violation(
                rule="Q4",
                job=job.name,
                tokens=(token(event), token(newer)),
                sentence=f"{job.name}: the {kind} of {event.worker} under attempt {event.token}, sent "
                f"at {scene.at(event.invoked_ns)}, was accepted though {newer.worker} had attempt "
                f"{newer.token} since {scene.at(lost_ns)}",
                events=(newer, event),
            )


def holder_refused(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q12: who surely holds the lease, and has not reported, is not refused."""
    for kind in HELD:
        for event in job.of[kind]:
            if event.outcome is not Outcome.REJECTED:
                continue
            claim = job.claimed(token(event))
            if claim is None or claim.worker != event.worker or returned(claim) > event.invoked_ns:
                continue
            if any(token(c) > token(claim) for c in job.claims if c.invoked_ns <= returned(event)):
                continue
            if job.reports(token(claim), returned(event)) or _ended(job, returned(event)):
                continue
            # Only a heartbeat answered before this call was sent has surely been counted.
            left_ns = _began_ns(job, claim, event) + scene.lease_ns - returned(event)
            if left_ns > 0:
                yield Violation(
                    rule="Q12",
                    job=job.name,
                    tokens=(token(claim),),
                    sentence=f"{job.name}: {event.worker} held attempt {claim.token} for another "
                    f"{left_ns / SECOND:.3f} s, and its {kind} at {scene.at(event.invoked_ns)} was "
                    f"refused ({event.detail or 'no code'})",
                    events=(claim, event),
                )


def _repeats(job: Job, event: Event, lost_ns: int, scene: Scene) -> bool:
    """Whether the event repeats a report that may have been accepted while it was in time."""
    return (
        scene.promises.repeatable
        and event.kind is not Kind.HEARTBEAT
        and any(
            first.kind is event.kind
            and first.worker == event.worker
            and first.invoked_ns < event.invoked_ns
            for first in job.reports(token(event), lost_ns)
        )
    )


def _began_ns(job: Job, claim: Event, event: Event) -> int:
    beats = (
        beat.invoked_ns
        for beat in accepted(job.of[Kind.HEARTBEAT])
        if beat.token == claim.token and returned(beat) <= event.invoked_ns
    )
    return max(beats, default=claim.invoked_ns)


def _ended(job: Job, before_ns: int) -> bool:
    """Whether a look that may have come first saw the job ended."""
    return any(
        read.invoked_ns <= before_ns and read.detail in ("done", "dead", "cancelled")
        for read in job.looks
    )


def _shown(job: Job, a: Event, b: Event, began_ns: int) -> tuple[Event, ...]:
    beats = [e for e in job.of[Kind.HEARTBEAT] if e.token == a.token and e.invoked_ns == began_ns]
    return (a, *beats, b)
