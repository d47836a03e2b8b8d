"""Endings: one completion counts, what ended stays ended, nothing is lost and nothing made up."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Outcome, Phase
from proofbook.history.jobs import accepted, returned, token
from proofbook.history.promises import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history.events import Event
    from proofbook.history.jobs import Job, Scene

TERMINAL = frozenset(phase.value for phase in Phase if phase.is_terminal)
#: What an accepted event says against a job that ended before it was sent.
SAID_AFTER_THE_END = MappingProxyType(
    {
        Kind.CLAIM: "{0.worker} was given attempt {0.token}",
        Kind.HEARTBEAT: "a heartbeat of {0.worker} was accepted",
        Kind.COMPLETE: "the completion of {0.worker} was accepted",
        Kind.READ: "it shows as {0.detail}",
        Kind.LAST_LOOK: "it shows as {0.detail}",
    }
)


def completed_twice(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q5: one report of one attempt counts; repeating it gives the same answer, if it may be repeated."""
    done = list(accepted(job.of[Kind.COMPLETE]))
    for first in done[:1]:
        for second in done[1:]:
            why = _differ(first, second, repeatable=scene.promises.repeatable)
            if why:
                yield _twice(job, scene, first, second, why)
        for failed in accepted(job.of[Kind.FAIL]):
            if failed.token == first.token:
                yield _twice(job, scene, first, failed, "both success and failure were accepted")
        for again in job.of[Kind.COMPLETE] if scene.promises.repeatable else ():
            if _is_refused_repeat(first, again):
                yield _twice(job, scene, first, again, f"its repeat was refused ({again.detail})")


def _differ(first: Event, second: Event, *, repeatable: bool) -> str:
    """Why two accepted completions are not one and the same; empty if they are."""
    if (first.token, first.worker) != (second.token, second.worker):
        return "both completions were accepted"
    if not repeatable:
        return "it was accepted again"
    if first.detail != second.detail:
        return (
            f"its repeat was answered {second.detail or 'nothing'}, not {first.detail or 'nothing'}"
        )
    return ""


def _is_refused_repeat(first: Event, again: Event) -> bool:
    return (
        again.outcome is Outcome.REJECTED
        and (again.token, again.worker) == (first.token, first.worker)
        and again.invoked_ns > returned(first)
    )


def _twice(job: Job, scene: Scene, first: Event, second: Event, why: str) -> Violation:
    return Violation(
        rule="Q5",
        job=job.name,
        tokens=(token(first), token(second)),
        sentence=f"{job.name}: {first.worker} completed attempt {first.token} at "
        f"{scene.at(returned(first))}, {second.worker} reported attempt {second.token} at "
        f"{scene.at(second.invoked_ns)}: {why}",
        events=(first, second),
    )


def revived(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q6: once an answer says that the job ended, no claim, heartbeat, completion or look disagrees."""
    ends = [
        (e, Phase.DONE.value)
        for e in job.told
        if e.kind is Kind.COMPLETE and e.outcome is Outcome.OK
    ]
    said = (e for e in (*job.of[Kind.FAIL], *job.looks) if e.detail in TERMINAL)
    ends += [(e, e.detail) for e in accepted(said)]
    if not ends:
        return
    end, phase = min(ends, key=lambda ending: returned(ending[0]))
    for kind, of in SAID_AFTER_THE_END.items():
        for event in job.of[kind]:
            if event.invoked_ns <= returned(end) or event.outcome is not Outcome.OK:
                continue
            if (kind is Kind.COMPLETE and phase == Phase.DONE) or event.detail == phase:
                continue
            yield Violation(
                rule="Q6",
                job=job.name,
                tokens=(token(end), token(event)),
                sentence=f"{job.name}: {phase} since {scene.at(returned(end))} "
                f"(the {end.kind} of {end.worker}), and at {scene.at(event.invoked_ns)} {of.format(event)}",
                events=(end, event),
            )


def lost(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q7: after the drain, every job that was taken in is done or dead."""
    taken_in = [*accepted(job.of[Kind.ENQUEUE]), *job.claims][:1]
    looks = [look for look in job.of[Kind.LAST_LOOK] if look.outcome is not Outcome.UNKNOWN]
    if not taken_in or not looks:
        return
    last = looks[-1]
    if last.outcome is Outcome.OK and last.detail in (Phase.DONE, Phase.DEAD):
        return
    state = "does not exist" if last.outcome is Outcome.REJECTED else f"is {last.detail}"
    yield Violation(
        rule="Q7",
        job=job.name,
        tokens=(token(job.claims[-1]),) if job.claims else (),
        sentence=f"{job.name}: taken in at {scene.at(returned(taken_in[0]))}, and after the drain, "
        f"at {scene.at(returned(last))}, it {state}",
        events=(taken_in[0], last),
    )


def done_by_nobody(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q8: a job is done only after somebody sent its completion."""
    for read in accepted(job.looks):
        sent = (c.invoked_ns for c in job.told if c.kind is Kind.COMPLETE)
        if read.detail == Phase.DONE and not any(instant <= returned(read) for instant in sent):
            yield Violation(
                rule="Q8",
                job=job.name,
                sentence=f"{job.name}: done at {scene.at(returned(read))}, and nobody had sent a "
                "completion that was not refused",
                events=(read,),
            )
            return
