"""What a container may take of its host, and that it works with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CREATED
from checks.coreos.composed import SOON_SECONDS
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.composed import Composed, Up
    from proofbook import ClaimHandle
    from proofbook.instruments.compose_project import Contained

pytestmark = pytest.mark.xdist_group("override")

AT_ONCE = 8


@pytest.mark.waits(60)
@pytest.mark.claim("coreos.api-limits-hold")
def test_the_api_works_within_its_limits(claim: ClaimHandle, containers: Up) -> None:
    """Its container has so much and no more, and that is enough for a crowd."""
    up = containers(override=True)
    api = up.api

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        taken = list(crowd.map(lambda _: _taken(api), range(claim["jobs"])))

    _expect_limits(claim, up.api_container)
    claim.require(all(taken), f"{taken.count('')} of {len(taken)} jobs were not taken")


@pytest.mark.claim("coreos.worker-limits-hold")
def test_the_worker_works_within_its_limits(claim: ClaimHandle, containers: Up) -> None:
    """Its container has so much and no more, and that is enough for its jobs."""
    up = containers(override=True)
    done = _completed(up, claim["jobs"])

    claim.require(len(done) == claim["jobs"], f"{len(done)} jobs were completed")
    _expect_limits(claim, up.worker)


@pytest.mark.claim("coreos.override-adds-second-worker")
def test_the_override_adds_a_second_worker(
    claim: ClaimHandle, described: Deployment, containers: Up
) -> None:
    """Both have a name and an id of their own, and both work."""
    workers = described.layout(override=True).workers
    ids = [each.environment.get("WORKER_ID") or "" for each in workers]
    names = [each.container_name for each in workers]
    assert len(workers) == claim["workers"], f"of the worker's image there are {names}"
    assert all(ids)
    assert (len(set(ids)), len(set(names))) == (len(ids), len(names)), f"{ids}, {names}"
    up = containers(override=True)
    # Who is still starting when all is done has no share, and no fault.
    until(lambda: {*ids} <= {*up.api.summary()["activeWorkers"]}, bool, SOON_SECONDS)

    done = _completed(up, claim["jobs"])
    shares = {worker: done.count(worker) for worker in ids}

    claim.require(len(done) == claim["jobs"], f"{len(done)} jobs were completed")
    assert all(shares.values()), f"not each worker did its share: {shares}"


def _taken(api: Api) -> str:
    """A new job's id, asked for until it is taken: a crowd may have to wait; "" if it never is."""
    reply = until(api.enqueue, lambda reply: reply.status == CREATED, SOON_SECONDS)
    return str(reply.body.get("jobId", "")) if reply.status == CREATED else ""


def _completed(up: Composed, count: int) -> list[str]:
    """The workers that completed so many new jobs, in no order."""
    api = up.api
    jobs = [_taken(api) for _ in range(count)]
    patience = SOON_SECONDS + count
    until(lambda: api.status(jobs[-1]), lambda status: status == "COMPLETED", patience)
    ends = [api.wait_for(job, "COMPLETED", SOON_SECONDS) for job in jobs]
    return [str(end.get("workerId")) for end in ends if end["status"] == "COMPLETED"]


def _expect_limits(claim: ClaimHandle, container: Contained) -> None:
    facts = container.facts
    claim.expect(memory=facts.memory_bytes, cpus=facts.cpus)
    state = container.state
    assert not state["OOMKilled"], f"{container.service} was killed for its memory"
    assert state["Running"], f"{container.service} is {state['Status']}"
