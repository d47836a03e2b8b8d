"""Attempts: no more than promised, and all of them before a job is dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Phase
from proofbook.history.jobs import accepted, returned, token
from proofbook.history.promises import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history.events import Event
    from proofbook.history.jobs import Job, Scene


def too_many(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q9: no attempt is handed out, and no failure leaves a job alive, beyond the promised number."""
    most = scene.promises.max_attempts
    if most is None:
        return
    for number, claim in enumerate(job.claims, start=1):
        if max(number, token(claim)) > most:
            said = f"{claim.worker} was given attempt {claim.token} as claim {number}"
            yield _violation(
                job, claim, f"{said} at {scene.at(returned(claim))}, and {most} are promised"
            )
    for failed in accepted(job.of[Kind.FAIL]):
        if token(failed) >= most and failed.detail == Phase.READY:
            yield _violation(
                job,
                failed,
                f"attempt {failed.token} of {most} failed at {scene.at(returned(failed))}, and the job "
                "is ready again, not dead",
            )


def dead_early(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q9: a job is dead only after its last attempt failed, or its lease must have run out."""
    most = scene.promises.max_attempts
    for event in (*accepted(job.of[Kind.FAIL]), *accepted(job.looks)):
        if event.detail != Phase.DEAD:
            continue
        used = event.token
        if used is None:
            known = (token(c) for c in job.claims if c.invoked_ns <= returned(event))
            used = max(known, default=0) + scene.lost_claims(returned(event))
        if most is not None and used < most:
            yield _violation(
                job,
                event,
                f"dead at {scene.at(returned(event))} after {used} of {most} attempts",
            )
        elif event.kind is Kind.READ:
            yield from _dead_in_the_hand(job, event, scene)


def _dead_in_the_hand(job: Job, read: Event, scene: Scene) -> Iterator[Violation]:
    """The last holder had said nothing, and its lease was still running when the job was seen dead."""
    claims = [c for c in job.claims if c.invoked_ns <= returned(read)]
    if not claims or job.reports(token(claims[-1]), returned(read)):
        return
    last = claims[-1]
    passed_on = max(token(read) - token(last), 0)
    began_ns = job.prolonged_ns(last, returned(read))
    if began_ns + scene.lease_ns * (1 + passed_on) > returned(read):
        yield _violation(
            job,
            read,
            f"dead at {scene.at(returned(read))}, while {last.worker} held attempt {last.token} "
            f"until {scene.at(began_ns + scene.lease_ns)} at the least",
        )


def _violation(job: Job, event: Event, sentence: str) -> Violation:
    return Violation(
        rule="Q9",
        job=job.name,
        tokens=() if event.token is None else (event.token,),
        sentence=f"{job.name}: {sentence}",
        events=(event,),
    )
