"""Dead jobs: each is counted and audited once, says why, and can be brought back once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter_worker import WireWorker
from checks.coreos.rates import rate
from proofbook.instruments.at_once import at_once
from proofbook.instruments.postgres import Observer
from proofbook.instruments.waiting import pause_until, until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

LEASE_MS = 1000
SOON_SECONDS = 15
#: So many lapsed jobs at once that reapers cannot help meeting.
REAPED = 20
REAPER = "/api/jobs/reaper"


@pytest.mark.claim("coreos.dead-rate-counts-all")
def test_every_death_counts(claim: ClaimHandle, api: Api) -> None:
    """By a last failure or by a lapsed last lease, whoever finds it: dead is dead."""
    before = api.summary()["aggregated"]["dead"]
    jobs = [_dead_by_result(api), *_dead_by_reapers(api, 1, jobs=1), _dead_by_claim(api)]

    summary = api.summary()

    claim.require({api.status(job) for job in jobs} == {"DEAD"}, "not all are dead")
    claim.expect(dead=summary["aggregated"]["dead"] - before)
    totals = summary["aggregated"]
    assert summary["rates"]["deadRate"] == rate(totals["dead"], totals["total"])


@pytest.mark.claim("coreos.audit-rows-stored")
def test_a_death_leaves_a_row_in_the_store(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Where the runbook says that it stands, for whoever has only the store left."""
    store = Observer(deployment.twin.dsn())
    job = _dead_by_result(api)

    rows = store.rows(
        "select type from platform_audit_logs where job_id = %s and type = %s", job, claim["type"]
    )

    claim.require(api.status(job) == "DEAD", "the job is not dead")
    assert rows == [{"type": claim["type"]}]


@pytest.mark.claim("coreos.audit-filters-dead-jobs")
def test_the_audit_lists_each_death_once(claim: ClaimHandle, api: Api) -> None:
    """However many reapers come at once, and nothing but deaths."""
    before = _ids(api, claim["type"])
    jobs = [_dead_by_result(api), *_dead_by_reapers(api, claim["reapers"], jobs=REAPED)]

    rows = [row for row in api.audit(type=claim["type"]) if row["id"] not in before]

    claim.require({api.status(job) for job in jobs} == {"DEAD"}, "not all are dead")
    assert sorted(row["context"]["jobId"] for row in rows) == sorted(jobs)
    for row in rows:
        claim.expect(type=row["type"])


@pytest.mark.claim("coreos.dead-rows-name-job-type")
def test_each_death_names_the_job_type(claim: ClaimHandle, api: Api) -> None:
    """So that a spike can be traced to what fails."""
    types = ["index.build", "webhook.process"]
    before = _ids(api, claim["type"])
    jobs = [_dead_by_result(api, jobType=types[0]), _dead_by_claim(api, jobType=types[1])]

    rows = [row for row in api.audit(type=claim["type"]) if row["id"] not in before]

    claim.require([api.status(job) for job in jobs] == ["DEAD", "DEAD"], "not both are dead")
    assert sorted(str(row["context"].get("jobType")) for row in rows) == types


@pytest.mark.claim("coreos.dead-jobs-requeued")
def test_a_dead_job_can_be_requeued_once(claim: ClaimHandle, api: Api) -> None:
    """As a job of its own, with the same payload, and only if it is dead."""
    payload = {"reason": "again", "n": [1, 2]}
    worker = WireWorker(api, "w1")
    dead = api.add(payload=payload, maxAttempts=1)
    first = worker.take()
    worker.fail(first)
    was = api.status(dead)

    again = api.change(dead, "requeue")
    claim.require(was == "DEAD", f"the job is {was}")
    claim.expect(status=again.status)
    second = worker.take()
    done = worker.succeed(second)
    refused: list[Reply] = [api.change(dead, "requeue"), api.change(second.job, "requeue")]

    assert second.job == again.body["jobId"]
    assert (second.payload, second.attempts) == (first.payload, 1)
    assert (done.status, done.body.get("status")) == (200, "COMPLETED")
    for reply in refused:
        claim.expect(conflict=reply.status)
    assert api.status(dead) == "DEAD"


def _ids(api: Api, kind: str) -> frozenset[str]:
    """The audit rows of a type that are there already."""
    return frozenset(row["id"] for row in api.audit(type=kind))


def _dead_by_result(api: Api, **fields: Any) -> str:
    """A job whose only attempt failed."""
    job = api.add(maxAttempts=1, **fields)
    worker = WireWorker(api, "w-fails")
    worker.fail(worker.take())
    return job


def _dead_by_claim(api: Api, **fields: Any) -> str:
    """A job whose only lease lapsed, found by the next who asks for work."""
    job = api.add(maxAttempts=1, leaseDurationMs=LEASE_MS, **fields)
    worker = WireWorker(api, "w-vanishes")
    worker.take()
    until(lambda: (worker.claim(), api.status(job)), lambda seen: seen[1] == "DEAD", SOON_SECONDS)
    return job


def _dead_by_reapers(api: Api, reapers: int, *, jobs: int) -> list[str]:
    """Jobs whose only lease lapsed, found by so many reapers at once."""
    ids = [api.add(maxAttempts=1, leaseDurationMs=LEASE_MS) for _ in range(jobs)]
    worker = WireWorker(api, "w-vanishes")
    for _ in ids:
        worker.take()
    over = time.monotonic() + LEASE_MS / 1000
    at_once(*[api.summary] * reapers)  # each has its connection now
    pause_until(over)
    at_once(*[lambda: api.send("POST", REAPER, role="owner") for _ in range(reapers)])
    return ids
