"""Which tasks the worker takes, and which limits it starts with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_worker import TASKS, task
from checks.jobsources.replies import UNANSWERED
from proofbook.instruments.waiting import until
from proofbook.stack import Exited, started

if TYPE_CHECKING:
    from datetime import timedelta

    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.crew import Crew
    from checks.jobsources.replies import Reply
    from checks.jobsources.source_site import SourceSite
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("jobsources-queue")

#: Bodies that are no JSON.
NO_JSON = {
    "a brace": b"{",
    "half a task": b'{"name": "scrape:source", "payload": {"source": "pracuj',
    "words": b"scrape it",
    "no text": b"\xff\xfe\x00",
    "nothing": b"",
}
CONCURRENT, SIZE, TIMEOUT = (
    "WORKER_MAX_CONCURRENT_TASKS",
    "WORKER_MAX_QUEUE_SIZE",
    "WORKER_TASK_TIMEOUT_MS",
)
#: What is no number.
NO_NUMBER = "many"
#: Longer than a worker takes to begin what it took.
BEGUN_SECONDS = 15
#: For as long it is looked whether a task begins a second time.
QUIET_SECONDS = 0.5


@pytest.mark.claim("jobsources.queue-limits-validated")
def test_limits_beyond_reason_are_refused(claim: ClaimHandle, standing: Deployment) -> None:
    """At each edge it starts; beyond it says what it does not like."""
    concurrent, size, timeout = (claim.bound(n) for n in ("concurrent", "size", "timeout"))
    most: dict[str, int] = {}
    least: dict[str, int] = {}
    for name, low, high in (
        (CONCURRENT, concurrent.lower, concurrent.upper),
        (SIZE, size.lower, size.upper),
        (TIMEOUT, _ms(timeout.lower), _ms(timeout.upper)),
    ):
        least[name], most[name] = int(low), int(high)
    for edge in (least, most):
        _expect_start(standing, edge)
    below = {name: str(value - 1) for name, value in least.items()}
    above = {name: str(value + 1) for name, value in most.items()}
    for beyond in (below, above, dict.fromkeys(least, NO_NUMBER)):
        end = standing.start_worker(beyond)
        assert isinstance(end, Exited), f"with {beyond} it does not end"
        claim.expect(exit=end.code)
        own = standing.twin.system.names.env
        unnamed = [n for n in beyond if not {n, own.get(n, n)} & {*_words(end.output)}]
        assert unnamed == [], f"with {beyond} it says {end.output[-400:]}"


@pytest.mark.claim("jobsources.bad-task-bodies-refused")
def test_bad_bodies_are_answered(claim: ClaimHandle, standing: Deployment, crew: Crew) -> None:
    """Whatever is sent, the worker says what is wrong with it."""
    limit, sink = claim["limit"], standing.api_sink()
    worker = crew.worker({"WORKER_MAX_BODY_BYTES": str(limit)})
    told = task(sink)
    whole = _padded(told, limit)
    replies = {what: _posted(worker, content) for what, content in NO_JSON.items()}
    too_long = [_posted(worker, _padded(task(sink), limit + more)) for more in (1, 63 * limit)]
    taken = _posted(worker, whole)

    claim.require(taken.is_done, f"a task as long as may be is answered {taken!r}")
    claim.require(sink.ended(told["sourceRunId"]), "it was not done")
    assert {what: r.status for what, r in replies.items() if r.status != claim["bad"]} == {}
    for reply in too_long:
        assert reply.status != UNANSWERED, f"a long task is not answered: {reply!r}"
        claim.expect(large=reply.status)


@pytest.mark.claim("jobsources.running-task-not-started-twice")
def test_a_task_that_runs_is_not_started_again(
    claim: ClaimHandle, standing: Deployment, site: SourceSite
) -> None:
    """Not while it is known to run, and not while nobody can know."""
    proxy, sink = standing.store_proxy(), standing.api_sink()
    worker = standing.worker({CONCURRENT: "2"}, **standing.by_way_of(proxy))
    told, later = task(sink), task(sink)
    site.hold()
    worker.accept(told)
    begun = until(lambda: site.listings(told["sourceRunId"]), bool, BEGUN_SECONDS)
    again = worker.post(told)
    twice = until(
        lambda: len(site.listings(told["sourceRunId"])), lambda n: n > len(begun), QUIET_SECONDS
    )
    proxy.drop()
    away = worker.post(later)
    unasked = until(lambda: site.listings(later["sourceRunId"]), bool, QUIET_SECONDS)
    proxy.forward()
    back = until(lambda: worker.post(later), lambda reply: reply.is_done, BEGUN_SECONDS)
    site.release()
    ended = [sink.ended(each["sourceRunId"]) for each in (told, later)]
    worker.process.kill()

    claim.require(begun, "the task never began")
    claim.expect(again=again.status, status=str(again.body.get("status")), listings=twice)
    claim.expect(away=away.status)
    assert not unasked, "it was begun while the store was away"
    claim.require(all(ended), f"with the store back it is answered {back!r}")


def _expect_start(deployment: Deployment, env: dict[str, int]) -> None:
    outcome = deployment.start_worker({name: str(value) for name, value in env.items()})
    assert not isinstance(outcome, Exited), f"with {env} it {outcome}"
    worker = deployment.reach_worker(started(outcome, "the worker"))
    queue = worker.queue()
    worker.process.kill()
    told = {CONCURRENT: "maxConcurrent", SIZE: "maxQueueSize", TIMEOUT: "taskTimeoutMs"}
    assert {name: queue[key] for name, key in told.items()} == env


def _posted(worker: Worker, content: bytes) -> Reply:
    return worker.send("POST", TASKS, content, bearer=worker.access.credential("tasks"))


def _padded(told: dict[str, object], length: int) -> bytes:
    """A task of so many bytes."""
    content = json.dumps({"name": "scrape:source", "payload": told}).encode()
    return content.ljust(length)


def _ms(value: timedelta) -> float:
    return value.total_seconds() * 1000


def _words(output: str) -> set[str]:
    return {*"".join(c if c.isalnum() or c == "_" else " " for c in output).split()}
