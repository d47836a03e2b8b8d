"""
A worker's line of tasks, filled and drained while the source site is held.

    line = Line(crew.worker(limits(claim)), standing.api_sink(), site)
    taken = line.fill()            as many tasks as fit, at once; nobody is done before `drain`
    line.load()                    (active, queued), as health tells it
    line.drain()                   the site answers; the load once it is nothing, or time is up
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from checks.jobsources.adapter_worker import is_taken, task
from checks.jobsources.replies import UNANSWERED
from proofbook import NoVerdict
from proofbook.instruments.at_once import at_once
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.sinks import ApiSink
    from checks.jobsources.source_site import SourceSite
    from proofbook import ClaimHandle

#: Longer than a worker takes to begin what it took, or to end all of it once the site answers, on a machine on
#: which each request takes its time.
SECONDS = 45
IDLE = (0, 0)


class Line:
    """One worker's line; nobody else hands it tasks meanwhile. Raises `NoVerdict` unless it is idle at first."""

    def __init__(self, worker: Worker, sink: ApiSink, site: SourceSite) -> None:
        self.worker, self.sink, self.site = worker, sink, site
        queue = worker.queue()
        self.concurrent, self.size = int(queue["maxConcurrent"]), int(queue["maxQueueSize"])
        if (load := self.idle()) != IDLE:
            raise NoVerdict(f"others' tasks are in the line: {load}")

    @property
    def capacity(self) -> int:
        """How many tasks fit."""
        return self.concurrent + self.size

    def load(self) -> tuple[int, int]:
        """How many tasks run, and how many wait."""
        return self.worker.load()

    def idle(self) -> tuple[int, int]:
        """The load, once it is nothing or time is up."""
        return until(self.load, lambda load: load == IDLE, SECONDS)

    def fill(self) -> int:
        """How many were taken of as many tasks as fit, handed in at once; those that are to run do."""
        self.site.hold()
        replies = at_once(
            *[partial(self.worker.post, task(self.sink)) for _ in range(self.capacity)]
        )
        taken = sum(map(is_taken, replies))
        if any(reply.status == UNANSWERED for reply in replies):
            taken = sum(self.load())
        runs = min(taken, self.concurrent)
        until(lambda: self.site.waiting, lambda waiting: waiting >= runs, SECONDS)
        return taken

    def drain(self) -> tuple[int, int]:
        """Let all of them end; the load then."""
        self.site.release()
        return self.idle()


def limits(claim: ClaimHandle) -> dict[str, str]:
    """What a worker is told whose line is as long as the sentence says."""
    return {
        "WORKER_MAX_CONCURRENT_TASKS": str(claim["concurrent"]),
        "WORKER_MAX_QUEUE_SIZE": str(claim["size"]),
    }
