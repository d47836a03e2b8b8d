"""
The directed zombie schedule: what a random one finds by luck, this finds each time.

    A claims · A says nothing · its lease runs out · B claims and holds ·
    A: heartbeat, completion, failure (all must be refused) · B: heartbeat, completion, the same again

It runs over several jobs at once, so that the leases run out side by side.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from proofbook.history import Kind
from proofbook.instruments.workers.queue import Lease

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from proofbook.history import History
    from proofbook.instruments.workers.fleet import Fleet
    from proofbook.instruments.workers.queue import Queue
    from proofbook.instruments.workers.recorder import Recorder


def haunt(
    fleet: Fleet, jobs: Sequence[str], *, deadline_seconds: float, same_name: bool = False
) -> History:
    """
    Play the schedule on these jobs, which nobody else may be claiming; the fleet's history.

    With `same_name`, B is A's successor under A's name: another process, told apart by its instance only.
    A queue that never hands the jobs to B leaves them open, for the judge to call lost. Raises `NoVerdict`
    when A is given nothing, or when the deadline finds B waiting and the queue not quiet.
    """
    fleet.history.plan["haunting"] = {"jobs": list(jobs), "same_name": same_name}
    deadline = time.monotonic() + deadline_seconds
    old = f"{fleet.name}-a"
    new = old if same_name else f"{fleet.name}-b"
    with fleet.connect() as a, fleet.connect() as b:
        held = {lease.job: lease for lease in _claims(fleet, a, old, jobs, deadline)}
        if not held:
            fleet.give_up(f"{old} was given none of {len(jobs)} jobs: it has nothing to lose")
        for lease in held.values():
            fleet.recorder.note(Kind.PAUSE, lease)
        for lease in _claims(fleet, b, new, held, deadline):
            if lease.job in held:
                _meet(fleet.recorder, (a, held[lease.job]), (b, lease))
    # Who is slower than the lease loses it: what B could not complete, somebody else must.
    left = fleet.look(jobs, Kind.READ)
    if left:
        fleet.drain(left, workers=1, deadline_seconds=max(deadline - time.monotonic(), 0))
    fleet.look([job for job in jobs if job not in left], Kind.LAST_LOOK)
    return fleet.history


def _claims(
    fleet: Fleet, queue: Queue, worker: str, jobs: Collection[str], deadline: float
) -> Iterator[Lease]:
    """As many leases as there are jobs; fewer, when the queue has become quiet or time is up."""
    instance, missing, quiet_seconds = str(uuid.uuid4()), len(jobs), fleet.quiet_seconds(jobs)
    handed_out = time.monotonic()
    while missing:
        asked = time.monotonic()
        answer = fleet.recorder.claim(queue, worker, instance)
        if isinstance(answer, Lease):
            yield answer
            handed_out, missing = time.monotonic(), missing - 1
            continue
        # Asked so late, not only answered: the suite itself may have stood still meanwhile.
        if answer is None and asked - handed_out > quiet_seconds:
            return
        if time.monotonic() > deadline:
            fleet.give_up(f"{worker} still waits for {missing} of {len(jobs)} jobs at the deadline")
            return
        time.sleep(fleet.poll_seconds)


def _meet(recorder: Recorder, zombie: tuple[Queue, Lease], holder: tuple[Queue, Lease]) -> None:
    recorder.heartbeat(*zombie)
    recorder.complete(*zombie)
    recorder.fail(*zombie)
    recorder.heartbeat(*holder)
    recorder.complete(*holder)
    recorder.complete(*holder)
