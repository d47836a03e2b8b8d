"""Effects: what reached the outside under a job's name came from the attempt that won."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Outcome
from proofbook.history.jobs import accepted, returned, token
from proofbook.history.promises import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.history.jobs import Job, Scene


def effects(job: Job, scene: Scene) -> Iterator[Violation]:
    """Q16: a job that is done has exactly one accepted effect, under the token that completed it."""
    if not scene.promises.ledger:
        return
    completions = [c for c in job.of[Kind.COMPLETE] if c.outcome is not Outcome.REJECTED]
    sure = list(accepted(completions))
    winners = {token(c) for c in sure or completions}
    rows = list(accepted(job.of[Kind.EFFECT]))
    possible = [e for e in job.of[Kind.EFFECT] if e.outcome is not Outcome.REJECTED]
    if sure and not possible:
        said = f"done at {scene.at(returned(sure[0]))} without an effect"
    elif len(rows) > 1:
        said = f"{len(rows)} effects were accepted, under attempts {_listed(map(token, rows))}"
    elif rows and token(rows[0]) not in winners:
        won = f"attempt {_listed(winners)} completed it" if winners else "no attempt completed it"
        said = f"the effect of attempt {rows[0].token} was accepted, and {won}"
    else:
        return
    yield Violation(
        rule="Q16",
        job=job.name,
        tokens=tuple(token(row) for row in rows),
        sentence=f"{job.name}: {said}",
        events=(*rows, *sure[:1]),
    )


def _listed(numbers: Iterator[int] | set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
