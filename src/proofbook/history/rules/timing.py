"""Timing: a failed job rests as long as promised, and what is due is handed to whoever asks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from proofbook.history.events import Kind, Outcome, Phase
from proofbook.history.jobs import ENDLESS, accepted, nanoseconds, returned, token
from proofbook.history.promises import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history.events import Event
    from proofbook.history.jobs import Job, Scene

#: Phases of a job that is in nobody's hands, or in those of somebody who may be gone.
WAITING = (Phase.READY, Phase.LEASED)


def too_soon(job: Job, scene: Scene) -> Iterator[Violation]:
    """
    Q10: after a failure, the next attempt waits at least as long as promised.

    A failure without an answer may not have been taken: then the job passed on when its lease ran out,
    and the earlier of the two is what the claim is held to.
    """
    backoff = scene.promises.backoff_seconds
    if backoff is None:
        return
    for claim, after in pairwise(job.claims):
        told = [
            event for event in job.reports(token(claim), returned(after)) if event.kind is Kind.FAIL
        ]
        if not told:
            continue
        rest_ns = nanoseconds(backoff(job.name, token(claim))[0] - scene.promises.grain_seconds)
        ready_ns = told[0].invoked_ns + rest_ns
        if all(event.outcome is Outcome.UNKNOWN for event in told):
            ready_ns = min(ready_ns, job.prolonged_ns(claim, returned(after)) + scene.lease_ns)
        ready_ns += scene.lease_ns * (token(after) - token(claim) - 1)
        if returned(after) < ready_ns:
            yield Violation(
                rule="Q10",
                job=job.name,
                tokens=(token(claim), token(after)),
                sentence=f"{job.name}: attempt {claim.token} failed at "
                f"{scene.at(told[0].invoked_ns)} and was to rest until {scene.at(ready_ns)}, "
                f"and {after.worker} had attempt {after.token} at {scene.at(returned(after))}",
                events=(told[0], after),
            )


class Wait(NamedTuple):
    """A job that somebody must be given, from an instant that is certain."""

    rule: str
    why: str
    due_ns: int
    #: The token before: 0 for a job that was never claimed.
    before: int
    #: The claim that ended the wait.
    after: Event | None


def withheld(job: Job, scene: Scene) -> Iterator[Violation]:
    """
    Q10 and Q11: once a job is due, who asks is not told that there is nothing to hand out.

    It speaks of jobs that nobody withdraws or sets aside: a fleet does neither.
    """
    if scene.promises.reclaim_seconds is None or not _may_have_waited(job, scene):
        return
    slack_ns = nanoseconds(scene.promises.reclaim_seconds + scene.promises.grain_seconds)
    for wait in (*_first_wait(job), *_waits(job, scene)):
        until_ns = None if wait.after is None else wait.after.invoked_ns
        asked = scene.unserved(wait.due_ns + slack_ns, until_ns)
        if asked is None or (wait.after is None and not _waits_still(job, wait, asked, scene)):
            continue
        went = "nobody was given it"
        if wait.after is not None:
            went = f"it went out at {scene.at(returned(wait.after))}"
        yield Violation(
            rule=wait.rule,
            job=job.name,
            tokens=(wait.before,),
            sentence=f"{job.name}: {wait.why}, due by {scene.at(wait.due_ns)}, and {asked.worker} asked "
            f"at {scene.at(asked.invoked_ns)} and was told that there is nothing; {went}",
            events=(asked,) if wait.after is None else (asked, wait.after),
        )


def _may_have_waited(job: Job, scene: Scene) -> bool:
    """Whether anybody asked in vain before the job's last claim, or it was seen unended at all."""
    if not scene.empty_claims:
        return False
    asked_ns = scene.empty_claims[0].invoked_ns
    return any(claim.invoked_ns > asked_ns for claim in job.claims) or any(
        look.detail in WAITING for look in job.looks
    )


def _first_wait(job: Job) -> Iterator[Wait]:
    """From the answer to the put until the first attempt."""
    first = job.claims[0] if job.claims else None
    taken_in = next(accepted(job.of[Kind.ENQUEUE]), None)
    if taken_in is not None and (first is None or first.token == 1):
        yield Wait("Q11", "put in", returned(taken_in), 0, first)


def _waits(job: Job, scene: Scene) -> Iterator[Wait]:
    """From each failure or lapse of an attempt that another must follow, until that one."""
    most = scene.promises.max_attempts
    for claim, after in zip(job.claims, [*job.claims[1:], None], strict=False):
        if most is not None and token(claim) >= most:
            continue
        if after is not None and token(after) != token(claim) + 1:
            continue
        yield from _rest(job, claim, after, scene)
        yield from _lapse(job, claim, after, scene)


def _rest(job: Job, claim: Event, after: Event | None, scene: Scene) -> Iterator[Wait]:
    backoff = scene.promises.backoff_seconds
    reports = job.reports(token(claim), ENDLESS)
    if backoff is None or not reports:
        return
    if all(e.kind is Kind.FAIL and e.outcome is Outcome.OK for e in reports):
        due_ns = returned(reports[0]) + nanoseconds(backoff(job.name, token(claim))[1])
        yield Wait("Q10", f"attempt {claim.token} failed", due_ns, token(claim), after)


def _lapse(job: Job, claim: Event, after: Event | None, scene: Scene) -> Iterator[Wait]:
    beats = [beat for beat in job.of[Kind.HEARTBEAT] if beat.token == claim.token]
    unsure = any(beat.outcome is Outcome.UNKNOWN for beat in beats)
    if not unsure and not job.reports(token(claim), ENDLESS):
        kept_ns = max(map(returned, (claim, *accepted(beats))))
        due_ns = kept_ns + nanoseconds(scene.promises.lease_seconds)
        yield Wait(
            "Q11", f"the lease of attempt {claim.token} ran out", due_ns, token(claim), after
        )


def _waits_still(job: Job, wait: Wait, asked: Event, scene: Scene) -> bool:
    """Whether a later look shows the job unended, and no claim that lost its answer can have it."""
    looks = [look for look in accepted(job.looks) if look.invoked_ns >= returned(asked)]
    return any(
        look.detail in WAITING and (look.token == wait.before or not scene.lost_claims_ns)
        for look in looks
    )
