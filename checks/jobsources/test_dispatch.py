"""How the API hands tasks to a worker that has no room for them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter import TERMINAL
from checks.jobsources.line import Line
from proofbook import NoVerdict
from proofbook.instruments.lateness import Lateness
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.exchanges import Exchange

FULL, TAKEN = 429, 202
INTERVAL = "WORKER_DISPATCH_RETRY_INTERVAL_MS"
#: As long as a task may take from the API to its worker, or there.
SECONDS = 15


@pytest.mark.waits(10)
@pytest.mark.claim("jobsources.task-delivered-until-taken")
def test_a_task_is_delivered_until_it_is_taken(claim: ClaimHandle, deployment: Deployment) -> None:
    """At its pace, to a worker that the suite plays; and to a full one, which does it in the end."""
    pace = {INTERVAL: f"{claim['interval'].total_seconds() * 1000:.0f}"}
    refusals = claim["refusals"]
    api = deployment.api(pace)
    deployment.sink.script(*[FULL] * refusals, TAKEN)
    with Lateness() as lateness:
        run = _accepted(api)
        ended = until(lambda: api.status(run), lambda status: status != "PENDING", 5 * SECONDS)
    sent, most = _deliveries(deployment, run), claim.bound("gap").upper.total_seconds()
    gaps = [_gap(earlier, later, most) for earlier, later in pairwise(sent)]

    claim.require(sent, "the task was never delivered")
    claim.expect(deliveries=len(sent))
    for gap in gaps:
        claim.require(not lateness.may_explain(gap, most), f"{lateness}")
        claim.expect(gap=gap)
    claim.expect(status=ended)
    api.process.kill()  # it would hand on the other's tasks, too
    claim.expect(end=_through_a_full_worker(deployment, pace))


@pytest.mark.xdist_group("jobsources-letters")  # it needs an API, as they do
@pytest.mark.claim("jobsources.full-queue-is-a-warning")
def test_the_user_of_a_full_worker_is_warned(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """Whoever asks has a run, which waits."""
    standing.sink.answer(FULL)
    reply = api.enqueue()
    run = str(reply.data.get("sourceRunId"))
    claim.expect(code=reply.status)
    sent = until(lambda: standing.sink.tasks(run), bool, SECONDS)

    claim.require(sent, "the task was never delivered")
    claim.expect(status=api.status(run))
    assert reply.data.get("warning"), f"nothing is said of it: {reply!r}"


def _through_a_full_worker(deployment: Deployment, pace: dict[str, str]) -> str:
    """What becomes of a run that meets a full worker, which then has room."""
    worker = deployment.worker({"WORKER_MAX_CONCURRENT_TASKS": "1", "WORKER_MAX_QUEUE_SIZE": "1"})
    line = Line(worker, deployment.api_sink(), deployment.site)
    api = deployment.api(pace, worker=worker)
    line.fill()
    run = _accepted(api)
    waits = api.status(run)
    line.drain()
    if waits != "PENDING":
        raise NoVerdict(f"a run that was to meet a full worker is {waits}")
    return until(lambda: api.status(run), lambda status: status in TERMINAL, 2 * SECONDS)


def _accepted(api: Api) -> str:
    """The id of a run that was accepted, whatever the worker said."""
    reply = api.enqueue()
    assert reply.is_done, f"whoever asks while the worker is full is answered {reply!r}"
    return str(reply.data["sourceRunId"])


def _deliveries(deployment: Deployment, run: str) -> list[Exchange]:
    """Each time that a run's task was delivered."""
    return [each for each in deployment.sink.exchanges() if run in each.request_body.decode()]


def _gap(earlier: Exchange, later: Exchange, most: float) -> float:
    """How many seconds lie between; where more than `most`, without those that the sink took to answer."""
    gap = (later.invoked_ns - earlier.invoked_ns) / 1e9
    waited = (later.invoked_ns - (earlier.returned_ns or earlier.invoked_ns)) / 1e9
    return gap if gap <= most else max(most, waited)
