"""How a run goes on and ends: once, and for good."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_callbacks import batch, beat, completed, failed, job
from checks.jobsources.timed import overlapped, timed
from checks.jobsources.waiting_run import waiting
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import Callback
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.timed import Timed
    from proofbook import ClaimHandle

#: Offers of this source id, as they are kept.
KEPT = "select url from job_offers where source_id = %s"


@pytest.mark.claim("jobsources.heartbeat-starts-run")
def test_a_heartbeat_says_that_the_run_goes_on(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """Whatever became of the worker's answer, it works."""
    with waiting(api, standing.sink) as run:
        before = api.run(run)
        reply = api.deliver(beat(run))
        after = api.run(run)

    claim.require(before["status"] == claim["before"], f"the run is {before['status']}")
    claim.require(before.get("lastHeartbeatAt") is None, "something was heard of the run before")
    claim.expect(after=after["status"])
    assert reply.is_applied, f"the heartbeat is answered {reply!r}"
    assert after.get("lastHeartbeatAt"), "when it came is not told"


@pytest.mark.claim("jobsources.finished-run-ignores-heartbeat")
@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_a_finished_run_has_no_heartbeat(claim: ClaimHandle, api: Api, status: str) -> None:
    """A sign of life of what is over is none."""
    run, other = api.begin(), api.begin()
    end = completed(run) if status == "COMPLETED" else failed(run)
    ended = api.deliver(end)
    before = api.run(run)

    reply = api.deliver(beat(run))
    after = api.run(run)
    moved = api.deliver(beat(other))

    claim.require(ended.is_applied, f"the run does not end: {ended!r}")
    claim.require(before["status"] == status, f"the run is {before['status']}")
    claim.require(
        moved.is_applied and api.run(other).get("lastHeartbeatAt"), "no heartbeat is heard"
    )
    claim.expect(code=reply.status)
    assert reply.data.get("ignored") is True, f"the heartbeat is answered {reply!r}"
    assert after == before


@pytest.mark.claim("jobsources.run-ends-once")
def test_a_run_has_one_end(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """Two workers of one run, each with its own: the first is right, whichever it is."""
    met = 0

    for _ in range(claim["rounds"]):
        run, found = api.begin(), job()
        ends = completed(run, jobs=[found]), failed(run)
        answers = _race(api, *ends)
        met += overlapped(answers)
        replies = [answer.reply for answer in answers]
        applied = [end for end, reply in zip(ends, replies, strict=True) if reply.is_applied]
        assert all(reply.is_done for reply in replies), replies
        claim.expect(applied=len(applied))
        assert api.status(run) == applied[0].token, f"{replies}, and it is {api.status(run)}"
        if standing.system.sql is not None:
            kept = len(standing.sql.rows(KEPT, found["sourceId"]))
            assert kept == (applied[0].token == "COMPLETED"), f"{applied[0].token}: {kept} offers"

    claim.require(met, "no two callbacks met")


@pytest.mark.claim("jobsources.finished-run-stays-finished")
def test_nothing_opens_a_run_again(claim: ClaimHandle, api: Api) -> None:
    """Neither a heartbeat nor an offer that was under way when the end came."""
    met = 0

    for _ in range(claim["rounds"]):
        run = api.begin()
        answers = _race(api, completed(run, jobs=[job()]), beat(run), batch(run))
        met += overlapped(answers)
        claim.require(answers[0].reply.is_applied, f"no run is completed: {answers[0].reply!r}")
        after = api.run(run)
        claim.expect(end=after["status"])
        assert after.get("finalizedAt"), "when it ended is not told"

    claim.require(met, "no two callbacks met")


def _race(api: Api, *callbacks: Callback) -> list[Timed]:
    """Deliver callbacks at once."""
    deliveries = [partial(api.deliver, callback) for callback in callbacks]
    return at_once(*(partial(timed, delivery) for delivery in deliveries))
