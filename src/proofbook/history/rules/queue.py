"""The queue as a whole: what is in it was put in, once a key, and is counted somewhere."""

from __future__ import annotations

from collections import defaultdict
from itertools import compress, pairwise
from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Outcome, code_of
from proofbook.history.jobs import accepted, returned, token
from proofbook.history.promises import Violation
from proofbook.history.rules.tokens import gaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.history.events import Event, History
    from proofbook.history.jobs import Job, Scene

#: Names in a sentence: enough to look for.
SHOWN = 3


def strangers(jobs: Sequence[Job], scene: Scene) -> Iterator[Violation]:
    """Q8: of jobs that were claimed and never put in, each put without an answer may account for one."""
    if len(jobs) > scene.lost_puts:
        first = jobs[0].claims[0]
        names = ", ".join(job.name for job in jobs[:SHOWN]) + ", …" * (len(jobs) > SHOWN)
        yield Violation(
            rule="Q8",
            job=jobs[0].name,
            tokens=(token(first),),
            sentence=f"{len(jobs)} claimed jobs were never put in ({names}), and {scene.lost_puts} "
            f"puts had no answer; {first.worker} had the first at {scene.at(returned(first))}",
            events=(first,),
        )


def missing_tokens(jobs: Sequence[Job], scene: Scene) -> Iterator[Violation]:
    """Q2: the tokens that nobody got, over all jobs, are no more than the claims that lost answers."""
    missing = [(job, claim, gap) for job in jobs for _, claim, gap in gaps(job)]
    total = sum(gap for *_, gap in missing)
    if total > len(scene.lost_claims_ns):
        job, claim, _ = missing[0]
        yield Violation(
            rule="Q2",
            job=job.name,
            tokens=(token(claim),),
            sentence=f"{total} attempts of {len(missing)} claims were handed to nobody, and only "
            f"{len(scene.lost_claims_ns)} claims lost their answers; the first is before attempt "
            f"{claim.token} of {job.name}",
            events=tuple(event for _, event, _ in missing),
        )


def doubled(history: History, scene: Scene) -> Iterator[Violation]:
    """Q17: accepted puts under one key name one job."""
    code = code_of(Kind.ENQUEUE, Outcome.OK)
    rows = list(compress(range(len(history)), map(code.__eq__, history.codes)))
    if len(set(map(history.details.__getitem__, rows))) == len(rows):
        return
    first: dict[int, int] = {}
    for row in rows:
        before = first.setdefault(history.details[row], row)
        if history.jobs[before] != history.jobs[row] and history[row].detail:
            yield _doubled(history[before], history[row], scene)


def _doubled(before: Event, put: Event, scene: Scene) -> Violation:
    return Violation(
        rule="Q17",
        job=put.job,
        sentence=f"the key {put.detail} made {before.job} at {scene.at(returned(before))} and "
        f"{put.job} at {scene.at(returned(put))}",
        events=(before, put),
    )


def uncounted(history: History, scene: Scene) -> Iterator[Violation]:
    """Q18: between two counts of the queue, it grows by what was put in between, and by nothing else."""
    counts = list(accepted(history.of_kind(Kind.COUNT)))
    puts = history.of_kind(Kind.ENQUEUE) if counts else []
    keys = _by_key(puts)
    for before, after in pairwise(counts):
        least = sum(_surely_between(group, before, after) for group in keys.values())
        most = sum(_maybe_between(put, before, after) for put in puts)
        grown = token(after) - token(before)
        if not least <= grown <= most:
            yield Violation(
                rule="Q18",
                job=None,
                sentence=f"the queue held {before.token} jobs at {scene.at(returned(before))} "
                f"({before.detail}) and {after.token} at {scene.at(returned(after))} "
                f"({after.detail}): {grown:+d}, where {least} to {most} were put in",
                events=(before, after),
            )


def _by_key(puts: Sequence[Event]) -> dict[str, list[Event]]:
    """Puts that may have made the same job: by key, or by job where there is no key."""
    groups = defaultdict(list)
    for put in puts:
        if put.outcome is not Outcome.REJECTED and (put.detail or put.job):
            groups[put.detail or f"job {put.job}"].append(put)
    return groups


def _surely_between(group: Sequence[Event], before: Event, after: Event) -> bool:
    sent = min(put.invoked_ns for put in group)
    return sent >= returned(before) and any(
        returned(put) <= after.invoked_ns for put in accepted(group)
    )


def _maybe_between(put: Event, before: Event, after: Event) -> bool:
    if put.outcome is Outcome.REJECTED or put.invoked_ns > returned(after):
        return False
    return put.outcome is Outcome.UNKNOWN or returned(put) >= before.invoked_ns
