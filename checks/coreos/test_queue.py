"""The API's duties: it takes jobs in, hands them out in order, and sets aside what ran out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_worker import WireWorker, claimed_of
from proofbook.instruments.waiting import pause_until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle


@pytest.mark.claim("coreos.api-serves-queue-metrics-ui")
def test_the_api_serves_queue_metrics_and_pages(claim: ClaimHandle, api: Api) -> None:
    """One job in, one job out, one more in the total, and a page to log in at."""
    before = api.summary()["aggregated"]["total"]

    taken = api.enqueue()
    after = api.summary()["aggregated"]["total"]
    claimed = claimed_of(WireWorker(api, "w1").claim())
    page = api.send("GET", "/ops/login")

    claim.require(api.health().status == 200, "the API is not well")
    assert taken.status == 201
    assert claimed is not None
    assert claimed.job == taken.body["jobId"]
    assert after - before == 1
    assert (page.status, page.headers["content-type"].partition(";")[0]) == (200, "text/html")


@pytest.mark.claim("coreos.highest-priority-first")
def test_the_highest_priority_is_claimed_first(claim: ClaimHandle, api: Api) -> None:
    """However late a job comes and however many wait: what is most urgent goes first."""
    jobs = [api.add() for _ in range(claim["jobs"])]
    raised = api.change(jobs[-1], "priority", value=claim["priority"])
    worker = WireWorker(api, "w1")

    order = [held.job if (held := claimed_of(worker.claim())) else None for _ in jobs]

    claim.require(set(order) <= {*jobs, None}, f"others' jobs were handed out, too: {order}")
    claim.require(raised.status == 200 and raised.body.get("changed"), f"not raised: {raised!r}")
    assert order == [jobs[-1], *jobs[:-1]]


@pytest.mark.claim("coreos.expired-tickets-set-aside")
def test_expired_tickets_hold_nothing_up(claim: ClaimHandle, deployment: Deployment) -> None:
    """One claim passes over everything that ran out, and says so."""
    ttl = deployment.settings(TICKET_TTL_SECONDS=claim["ttl"].total_seconds())
    api = deployment.api(ttl.env)
    expired = [api.add() for _ in range(claim["jobs"])]
    pause_until(time.monotonic() + ttl["TICKET_TTL_SECONDS"])
    counted, audited = api.counted("jobs_expired"), _audited(api)
    asked = time.monotonic()
    good = api.add()

    reply = WireWorker(api, "w1").claim()
    seconds = time.monotonic() - asked

    claim.require(reply.status == 200, f"the claim was refused: {reply!r}")
    held = claimed_of(reply)
    in_time = seconds < ttl["TICKET_TTL_SECONDS"]
    claim.require(held or in_time, f"the good job may have expired, too: {seconds:.1f} s old")
    assert held is not None, f"the claim came back empty: {reply!r}"
    assert held.job == good
    ends = [api.job(job) for job in expired]
    assert [end["status"] for end in ends] == ["FAILED"] * len(expired)
    for end in ends:
        claim.expect(code=end["lastError"]["code"])
    assert api.counted("jobs_expired") - counted == len(expired)
    assert sorted(_audited(api) - audited) == sorted(expired)


def _audited(api: Api) -> frozenset[str]:
    """The jobs whose expiry the audit rows tell, each row once."""
    rows = [row["context"]["jobId"] for row in api.audit(type="job.expired")]
    assert len(rows) == len(set(rows)), f"audited more than once: {rows}"
    return frozenset(rows)
