"""All judges over one history, in time that grows with its length."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from proofbook.history.events import NONE, Kind
from proofbook.history.jobs import Job, Scene, token
from proofbook.history.plain import Plain
from proofbook.history.promises import RULES
from proofbook.history.rules import attempts, effects, endings, leases, queue, timing, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from proofbook.history.events import History
    from proofbook.history.promises import Promises, Violation

    Rule = Callable[[Job, Scene], Iterator[Violation]]

#: What is asked of each job by itself.
JOB_RULES: tuple[Rule, ...] = (
    tokens.handed_out_twice,
    tokens.counted_back,
    tokens.skipped,
    tokens.miscounted,
    leases.overlap,
    leases.stale_accepted,
    leases.holder_refused,
    endings.completed_twice,
    endings.revived,
    endings.lost,
    endings.done_by_nobody,
    attempts.too_many,
    attempts.dead_early,
    timing.too_soon,
    timing.withheld,
    effects.effects,
)


def judge(
    history: History, promises: Promises, *, only: Collection[str] = RULES
) -> tuple[Violation, ...]:
    """
    Everything in the history that breaks a rule, in the order of `RULES`; `only` asks for some of them.

    `KeyError` names a rule that there is not.
    """
    order = {rule: number for number, rule in enumerate(RULES)}
    asked = {rule: order[rule] for rule in only}
    found = [
        violation
        for violation in _violations(history.ordered(), promises)
        if violation.rule in asked
    ]
    return tuple(sorted(found, key=lambda violation: order[violation.rule]))


def _violations(history: History, promises: Promises) -> Iterator[Violation]:
    rows = sorted(range(len(history)), key=history.jobs.__getitem__)
    jobless = map(history.__getitem__, rows[: history.jobs.count(NONE)])
    scene = Scene.of(promises, list(jobless), origin_ns=min(history.invoked, default=0))
    strange: list[Job] = []
    gapped: list[Job] = []
    for job in _looked_into(history, scene, rows):
        for rule in JOB_RULES:
            yield from rule(job, scene)
        if job.claims and not job.of[Kind.ENQUEUE]:
            strange.append(job)
        if job.claims and token(job.claims[-1]) > len(job.claims):
            gapped.append(job)
    yield from queue.missing_tokens(gapped, scene)
    yield from queue.strangers(strange, scene)
    yield from queue.doubled(history, scene)
    yield from queue.uncounted(history, scene)


def _looked_into(history: History, scene: Scene, rows: Sequence[int]) -> Iterator[Job]:
    """Every job that its shape alone does not acquit; one at a time, so that memory stays small."""
    is_plain = Plain(history, scene, rows)
    sizes = Counter(history.jobs)
    first = sizes.pop(NONE, 0)
    for job in sorted(sizes):
        stop = first + sizes[job]
        if not is_plain(first, stop):
            yield Job(history.texts[job], map(history.__getitem__, rows[first:stop]))
        first = stop
