"""The worker takes as many tasks as it says, refuses the rest, and loses none by it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_worker import is_taken, task
from checks.jobsources.line import IDLE, Line, limits
from checks.jobsources.silent_site import SilentSite
from proofbook import exercises
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.crew import Crew
    from checks.jobsources.source_site import SourceSite
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("jobsources-queue")

#: For as long it is looked whether one task too many begins.
QUIET_SECONDS = 0.5
#: By then the suite has seen that a connection which is given up is closed.
CLOSING_SECONDS = 10
#: Longer than any sentence gives a task.
PATIENCE_SECONDS = 15


@pytest.fixture
@exercises
def line(claim: ClaimHandle, standing: Deployment, crew: Crew, site: SourceSite) -> Line:
    """A line as long as the claim says, with nobody in it."""
    return Line(crew.worker(limits(claim)), standing.api_sink(), site)


@pytest.mark.claim("jobsources.running-tasks-bounded")
def test_so_many_tasks_run_and_no_more(claim: ClaimHandle, line: Line) -> None:
    """As the source site sees it, and as health tells it."""
    taken = line.fill()
    most = until(lambda: line.site.waiting, lambda n: n > claim["concurrent"], QUIET_SECONDS)
    active, queued = line.load()
    line.drain()

    claim.require(taken == line.capacity, f"{taken} tasks of {line.capacity} were taken")
    claim.expect(concurrent=most, size=queued)
    claim.expect(concurrent=active)


@pytest.mark.claim("jobsources.waiting-tasks-bounded")
def test_so_many_tasks_wait_and_no_more(claim: ClaimHandle, line: Line) -> None:
    """Those that run take no place from those that wait."""
    taken = line.fill()
    active, queued = line.load()
    next_one = line.worker.post(task(line.sink))
    line.drain()

    assert taken == line.capacity, f"{taken} tasks of {line.capacity} were taken"
    claim.expect(concurrent=active, size=queued)
    claim.expect(refused=next_one.status)


@pytest.mark.claim("jobsources.full-queue-refuses")
def test_a_full_queue_says_so(claim: ClaimHandle, line: Line) -> None:
    """Whoever hands in a task hears that it was not taken, and that it may come again."""
    line.fill()
    full = line.load()
    refused = line.worker.post(task(line.sink))
    line.drain()

    claim.require(full == (claim["concurrent"], claim["size"]), f"the queue is not full: {full}")
    claim.expect(code=refused.status, status=str(refused.body.get("status")))


@pytest.mark.claim("jobsources.refused-task-deliverable-again")
def test_a_refused_task_may_come_again(claim: ClaimHandle, line: Line) -> None:
    """Nothing of it is left, so that it is new the next time."""
    line.fill()
    told = task(line.sink)
    refused = line.worker.post(told)
    drained = line.drain()
    early = len(line.site.listings(told["sourceRunId"]))
    again = line.worker.post(told)
    ended = line.sink.ended(told["sourceRunId"]) if again.is_done else []

    claim.require(refused.status == claim["refused"], f"it was not refused: {refused!r}")
    claim.require((drained, early) == (IDLE, 0), f"after the drain: {drained}, {early} requests")
    assert is_taken(again), f"the second time it is answered {again!r}"
    assert ended, "it was taken and not done"
    claim.expect(listings=len(line.site.listings(told["sourceRunId"])))


@pytest.mark.claim("jobsources.capacity-recovers")
def test_what_was_full_is_empty_again(claim: ClaimHandle, line: Line) -> None:
    """It takes as much the second time."""
    taken, drained, beyond = [], [], []
    for _ in range(claim["rounds"]):
        taken.append(line.fill())
        beyond.append(line.worker.post(task(line.sink)).status)
        drained.append(line.drain())

    wanted = [claim["concurrent"] + claim["size"]] * claim["rounds"]
    assert taken == wanted, f"round by round {taken} tasks were taken, not {wanted}"
    assert drained == [IDLE] * claim["rounds"], f"(active, queued) is {drained} in the end"
    for status in beyond:
        claim.expect(refused=status)


@pytest.mark.claim("jobsources.task-ends-in-time")
def test_a_task_ends_in_time(claim: ClaimHandle, standing: Deployment) -> None:
    """Its run fails, nothing of it goes on, and the next one begins."""
    sink, timeout_ms = standing.api_sink(), claim["timeout"].total_seconds() * 1000
    with SilentSite() as site:
        worker = standing.worker(
            {
                "WORKER_TASK_TIMEOUT_MS": f"{timeout_ms:.0f}",
                "WORKER_MAX_CONCURRENT_TASKS": str(claim["concurrent"]),
                "PRACUJ_SOURCE_ORIGIN": site.url,
            }
        )
        began = time.monotonic()
        first, second = task(sink), task(sink)
        one, other = first["sourceRunId"], second["sourceRunId"]
        worker.accept(first)
        answered = time.monotonic()
        asked = until(lambda: site.asked(one), bool, PATIENCE_SECONDS)
        worker.accept(second)
        ended = sink.ended(one, PATIENCE_SECONDS)
        following = until(lambda: site.asked(other), bool, PATIENCE_SECONDS)
        left = until(lambda: site.standing(one), lambda n: n == 0, CLOSING_SECONDS)
        worker.process.kill()

    claim.require(asked, "the first task never reached the source site")
    assert ended, "the first task never ended"
    # It is taken when the worker says so, unless that says so only once the task has ended.
    end = ended[0].invoked_ns / 1e9
    claim.expect(within=end - (answered if answered < end else began))
    told = json.loads(ended[0].request_body)
    claim.expect(end=str(told.get("status")), failure=str(told.get("failureType")))
    assert following, "the next task did not begin"
    assert not left, "the first task's connection still stands"
