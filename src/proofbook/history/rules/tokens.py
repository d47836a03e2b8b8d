"""Tokens: each attempt is handed out once, and attempts count up by one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from proofbook.history.events import Outcome
from proofbook.history.jobs import returned, token
from proofbook.history.promises import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history.events import Event
    from proofbook.history.jobs import Job, Scene


def handed_out_twice(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q1: no two accepted claims of a job share a token."""
    for first, second in pairwise(job.claims):
        if first.token == second.token:
            yield Violation(
                rule="Q1",
                job=job.name,
                tokens=(token(first),),
                sentence=f"{job.name}: attempt {first.token} went to {first.worker} "
                f"({scene.at(returned(first))}) and again to {second.worker} "
                f"({scene.at(returned(second))})",
                events=(first, second),
            )


def counted_back(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q2: a claim answered before another was sent has the smaller token."""
    for claim in job.claims:
        earlier_ns = job.superseded_ns(token(claim))
        if earlier_ns is not None and earlier_ns < claim.invoked_ns:
            other = next(
                c for c in job.claims if token(c) > token(claim) and returned(c) == earlier_ns
            )
            yield Violation(
                rule="Q2",
                job=job.name,
                tokens=(token(other), token(claim)),
                sentence=f"{job.name}: attempt {claim.token} was handed out at "
                f"{scene.at(returned(claim))}, after attempt {other.token} at {scene.at(earlier_ns)}",
                events=(other, claim),
            )


def skipped(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q2: a token that nobody got was taken by a claim that lost its answer, or by nobody."""
    for before, claim, gap in gaps(job):
        fillers = scene.lost_claims(returned(claim))
        if gap > fillers:
            yield Violation(
                rule="Q2",
                job=job.name,
                tokens=(before, token(claim)),
                sentence=f"{job.name}: attempt {claim.token} followed attempt {before}, "
                f"and only {fillers} claims had lost their answers by {scene.at(returned(claim))}",
                events=(claim,),
            )


def gaps(job: Job) -> Iterator[tuple[int, Event, int]]:
    """Where tokens are missing: the token before, the claim after, and how many between."""
    before = 0
    for claim in job.claims:
        if token(claim) > before + 1:
            yield before, claim, token(claim) - before - 1
        before = token(claim)


def miscounted(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q2: the attempts that a job shows are the claims that it had."""
    for read in job.looks:
        if read.token is None or read.outcome is not Outcome.OK:
            continue
        possible = [token(c) for c in job.claims if c.invoked_ns <= returned(read)]
        certain = [token(c) for c in job.claims if returned(c) < read.invoked_ns]
        most = max(possible, default=0) + scene.lost_claims(returned(read))
        least = max(certain, default=0)
        if not least <= read.token <= most:
            yield Violation(
                rule="Q2",
                job=job.name,
                tokens=(least, read.token),
                sentence=f"{job.name}: shows {read.token} attempts at {scene.at(returned(read))}, "
                f"and between {least} and {most} were claimed",
                events=(read,),
            )
