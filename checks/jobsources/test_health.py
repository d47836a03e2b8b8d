"""Health says how it is: of each part, of each program, and to whoever asks."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter import HEALTH, READINESS, RUNS
from checks.jobsources.adapter_worker import TASKS, task
from checks.jobsources.outages import API, READY, WORKER
from proofbook.instruments.http import Client
from proofbook.instruments.waiting import until
from proofbook.stack import Ready, fixed

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.outages import Outages, Turn
    from checks.jobsources.replies import Reply
    from checks.jobsources.source_site import SourceSite
    from proofbook import ClaimHandle

DATABASE, DISK = "drizzle", "disk health"
#: As long as a worker may take to start a task, or to end all that it holds, on a busy machine.
QUEUE_SECONDS = 30


@pytest.mark.claim("jobsources.api-health-open")
def test_the_api_tells_its_health_to_anybody(claim: ClaimHandle, watched: Api) -> None:
    """Health asks for no credentials, where others do."""
    first, second = (watched.send("GET", HEALTH) for _ in range(2))
    refused = watched.send("GET", RUNS)

    claim.require(refused.status == claim["refused"], f"anybody lists runs: {refused!r}")
    claim.expect(code=first.status)
    claim.expect(code=second.status)


@pytest.mark.claim("jobsources.api-health-tells-parts")
def test_health_tells_of_each_part(claim: ClaimHandle, outages: Outages) -> None:
    """Up while it is up, down once it is down."""
    before, gone = _parts(outages.well[API]), outages.stopped.gone[API].reply
    claim.require(outages.stopped.seen, "the database was there while health was asked")

    claim.expect(part=before.get(DATABASE))
    claim.expect(part=before.get(DISK))
    claim.expect(unwell=gone.status, gone=_parts(gone).get(DATABASE))


@pytest.mark.claim("jobsources.readiness-follows-database")
@pytest.mark.parametrize("damage", ["stopped", "frozen"])
def test_readiness_follows_the_database(claim: ClaimHandle, outages: Outages, damage: str) -> None:
    """It turns when the database goes and when it comes back, and nobody has to start anything."""
    outage = outages.stopped if damage == "stopped" else outages.frozen
    gone, back = outage.gone[API], outage.back[API]
    claim.require(outages.well[API].status == claim["well"], f"not well: {outages.well[API]!r}")
    claim.require(outage.seen, "the database was there while health was asked")

    _expect_turns(claim, gone, back)
    assert outage.survived, "the process that answered before is gone"


@pytest.mark.claim("jobsources.readiness-covers-disk")
def test_readiness_covers_the_disk(
    claim: ClaimHandle, watched: Api, deployment: Deployment
) -> None:
    """A disk that is said to be too full makes both pages say so."""
    threshold = claim["threshold"]
    disk = shutil.disk_usage("/")
    claim.require(disk.used / disk.total > float(threshold), "hardly anything of the disk is used")
    full = deployment.api({"DISK_HEALTH_THRESHOLD": str(threshold)})

    for page in (HEALTH, READINESS):
        reply = full.send("GET", page)
        claim.expect(unwell=reply.status, part=_parts(reply).get(DISK))
        claim.expect(well=watched.send("GET", page).status)


@pytest.mark.claim("jobsources.readiness-at-health-test")
def test_readiness_has_its_own_path(claim: ClaimHandle, outages: Outages) -> None:
    """What is told to load balancers is looked up, too."""
    before = outages.well[READY]
    claim.require(outages.stopped.seen, "the database was there while readiness was asked")

    claim.expect(well=before.status, unwell=outages.stopped.gone[READY].reply.status)
    assert {DATABASE, DISK} - {*_parts(before)} == set(), f"parts are missing: {before!r}"


@pytest.mark.claim("jobsources.probes-never-throttled")
def test_probes_are_never_throttled(claim: ClaimHandle, deployment: Deployment) -> None:
    """However often health is asked for, it is answered."""
    # Of so many probes, each of which asks the database, one may have to wait on a busy machine.
    patient = {"HEALTH_CHECK_TIMEOUT_MS": "8000"} if deployment.is_ours("api") else None
    api = deployment.api(patient, raised=False)
    login = {"email": "nobody@jobsources.example", "password": "password-of-nobody"}

    answers = {
        page: {api.send("GET", page).status for _ in range(claim["probes"])}
        for page in (HEALTH, READINESS)
    }
    logins, most = 0, claim.bound("logins").upper
    status = 0
    while status != claim["throttled"] and logins < most:
        logins, status = logins + 1, api.send("POST", api.access.login_path, json=login).status

    claim.require(status == claim["throttled"], f"after {logins} logins nobody is throttled")
    claim.expect(logins=logins)
    assert answers == {HEALTH: {claim["code"]}, READINESS: {claim["code"]}}


@pytest.mark.claim("jobsources.worker-health-open")
def test_the_worker_tells_its_health_to_anybody(claim: ClaimHandle, worker: Worker) -> None:
    """Health asks for no credentials, where tasks do."""
    health = worker.health()
    refused = worker.send("POST", TASKS, json.dumps(task(None)).encode())

    claim.require(refused.status == claim["refused"], f"anybody hands in a task: {refused!r}")
    claim.expect(code=health.status)


@pytest.mark.claim("jobsources.worker-default-port")
def test_the_worker_has_a_port_of_its_own(claim: ClaimHandle, deployment: Deployment) -> None:
    """Whoever was told nothing finds it where the runbook says."""
    with fixed(claim["port"]) as port:
        outcome = deployment.start_worker(without=("PORT", "WORKER_PORT"), port=port)
        assert isinstance(outcome, Ready), f"nobody answers on {port}: {outcome}"
        with Client(f"http://127.0.0.1:{port}") as client:
            answer = client.request("GET", deployment.access.path(HEALTH))
        outcome.process.kill()

    assert "queue" in answer.json()


@pytest.mark.claim("jobsources.worker-health-counts-tasks")
def test_the_queue_is_told_of(
    claim: ClaimHandle, standing: Deployment, site: SourceSite, worker: Worker
) -> None:
    """The numbers go up with the work and down with it."""
    sink, most = standing.api_sink(), worker.queue()["maxConcurrent"]
    full = (most, claim["waiting"])
    before = worker.load()
    site.hold()
    for _ in range(most + claim["waiting"]):
        worker.accept(task(sink))
    busy = until(worker.load, lambda load: load == full, QUEUE_SECONDS)
    in_flight = until(lambda: site.waiting, lambda count: count >= most, QUEUE_SECONDS)
    site.release()
    after = until(worker.load, lambda load: load == (0, 0), QUEUE_SECONDS)

    claim.require(before == (0, 0), f"others' tasks were there: {before}")
    claim.require(in_flight >= most, f"of {most} tasks {in_flight} have reached the source site")
    assert busy == full, f"(active, queued) is {busy} while {full} are held"
    assert after == (0, 0), f"(active, queued) is {after} once all are done"


@pytest.mark.claim("jobsources.worker-health-follows-database")
def test_the_workers_health_follows_its_database(claim: ClaimHandle, outages: Outages) -> None:
    """A worker that cannot reach its database says so."""
    gone, back = outages.stopped.gone[WORKER], outages.stopped.back[WORKER]
    told = outages.well[WORKER].body.get("database")
    claim.require(told != "unset", "the worker has no database")
    claim.require(outages.stopped.seen, "the database was there while health was asked")

    _expect_turns(claim, gone, back)


@pytest.mark.claim("jobsources.each-health-stands-alone")
def test_each_health_stands_alone(claim: ClaimHandle, outages: Outages) -> None:
    """Nobody is unwell because a neighbour is."""
    before = {name: outages.well[name].status for name in (API, WORKER)}
    claim.require(set(before.values()) == {200}, f"not well with both there: {before}")

    claim.expect(api=outages.without_worker.status, worker=outages.without_api.status)


def _expect_turns(claim: ClaimHandle, gone: Turn, back: Turn) -> None:
    """Assert that a page turned in time, unless it was the suite that looked too late."""
    for turn, name in ((gone, "notice"), (back, "recover")):
        most = claim.bound(name).upper.total_seconds()
        claim.require(not turn.lateness.may_explain(turn.seconds, most), f"{turn.lateness}")
    claim.expect(unwell=gone.reply.status, notice=gone.seconds)
    claim.expect(well=back.reply.status, recover=back.seconds)


def _parts(reply: Reply) -> dict[str, Any]:
    """Part → `up` or `down`, of a page in good times (`data.details`) or bad ones (`details`)."""
    error = reply.body.get("error")
    places = [reply.data.get("details"), reply.body.get("details")]
    places += [error.get("details")] if isinstance(error, dict) else []
    told = next((place for place in places if isinstance(place, dict)), {})
    return {name: part.get("status") for name, part in told.items() if isinstance(part, dict)}
