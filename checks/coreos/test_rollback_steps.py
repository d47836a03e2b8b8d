"""The way back, walked as the page says it, on a deployment that an operator brought up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook import NotAsked, NoVerdict

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_steps import Host
    from proofbook import ClaimHandle

#: What these checks run: a step that is edited makes their evidence stale.
STEPS = ("runbooks/coreos/rollback.md",)
PAGE = "rollback"
NEWER = "newer"
DEPLOY = ("tag-previous", "drain-workers", "switch-release", "start-workers")
SOON_SECONDS = 30
TRIES = 5
#: How long the job in flight takes: less than the grace that a worker has to finish it, and enough for a
#: slow machine to come to asking it to end.
FLIGHT_SECONDS = 6


@pytest.mark.claim("coreos.previous-release-tagged")
def test_the_release_that_runs_is_kept(claim: ClaimHandle, host: Host) -> None:
    """What is called prev is what ran, before the deployment and after it."""
    before = host.api().health().body.get("commitSha")
    host.lay_down(NEWER)

    host.pages.walk(PAGE, DEPLOY[0], RELEASE=NEWER)
    kept = host.releases()
    assert kept["prev"] == kept["runs"], "prev is not what ran"
    host.pages.walk(PAGE, *DEPLOY[1:], RELEASE=NEWER)
    deployed = host.releases()

    after = host.api().health().body.get("commitSha")
    claim.require(before != after, f"both releases call themselves {before}")
    assert deployed["prev"] == kept["prev"], "prev is no longer what it was"
    assert deployed["runs"] != deployed["prev"], "what runs now is what was kept"


@pytest.mark.claim("coreos.tag-before-deploy")
def test_nothing_is_deployed_before_what_runs_is_kept(claim: ClaimHandle, host: Host) -> None:
    """There is no way back from a step that was taken out of turn, so it is not taken."""
    host.lay_down(NEWER)
    before, commit = host.releases(), host.api().health().body.get("commitSha")

    early = host.pages.run(PAGE, "switch-release", RELEASE=NEWER)
    after, still = host.releases(), host.api().health().body.get("commitSha")
    host.pages.walk(PAGE, *DEPLOY[:3], RELEASE=NEWER)

    claim.require(host.releases()["runs"] != before["runs"], "in turn it deploys nothing either")
    claim.expect(exit=early.code)
    assert after == before
    assert still == commit


@pytest.mark.claim("coreos.broken-release-noticed")
def test_a_broken_release_is_noticed(claim: ClaimHandle, host: Host) -> None:
    """The last step of the deployment fails, whatever health says; once it is undone, it holds."""
    if not host.has(NEWER):
        raise NotAsked(
            "the target has no release that is broken",
            remedy="commands.host.releases.newer = { … }, broken",
        )
    host.lay_down(NEWER)

    host.pages.walk(PAGE, *DEPLOY, RELEASE=NEWER)
    broken = host.pages.run(PAGE, "prove-release")
    host.pages.walk(PAGE, *host.pages.way_back(PAGE))
    sound = host.pages.run(PAGE, "prove-release")

    claim.require(sound.code is not None, "the smoke script did not end")
    claim.expect(broken=broken.code, sound=sound.code)


@pytest.mark.claim("coreos.rollback-steps-lose-nothing")
def test_a_release_is_deployed_and_rolled_back(claim: ClaimHandle, host: Host) -> None:
    """The blocks that undo bring back what ran; what was in the queue is as it was."""
    api = host.api()
    previous = api.health().body.get("commitSha")
    host.lay_down(NEWER)
    jobs = _at_rest(api)
    host.pages.walk(PAGE, *DEPLOY[:1], RELEASE=NEWER)
    flight = _in_flight(api)
    as_it_was = {job: api.job(job) for job in jobs}

    flies = api.status(flight)
    host.pages.walk(PAGE, *DEPLOY[1:], RELEASE=NEWER)
    newer = host.api().health().body.get("commitSha")
    host.pages.walk(PAGE, *host.pages.way_back(PAGE))

    back = host.api()
    commit, landed = back.health().body.get("commitSha"), back.job(flight)
    claim.require(flies == "PROCESSING", f"the job was {flies} before anything was stopped")
    claim.require(previous != newer, f"both releases call themselves {previous}")
    assert commit == previous, f"after the way back health names {commit}"
    assert {job: back.job(job) for job in jobs} == as_it_was
    assert landed["status"] == "COMPLETED", f"the job in flight is {landed['status']}"
    claim.expect(attempt=landed["attempts"])


@pytest.mark.claim("coreos.deployment-survives-a-cut")
def test_the_deployment_may_be_walked_again(claim: ClaimHandle, host: Host) -> None:
    """However often it is cut off and begun anew, what ran before it began is what was kept."""
    api = host.api()
    host.lay_down(NEWER)
    before = host.releases()["runs"]

    for done in range(1, len(DEPLOY) + 1):
        host.pages.walk(PAGE, *DEPLOY[:done], RELEASE=NEWER)
    host.pages.walk(PAGE, *DEPLOY, RELEASE=NEWER)

    after = host.releases()
    claim.require(after["runs"] != before, f"what runs is what ran: {before}")
    assert after["prev"] == before, f"prev leads to {after['prev']}, not to what ran: {before}"
    assert api.health().body.get("status") == "ok"


@pytest.mark.waits(40)
@pytest.mark.claim("coreos.rollback-survives-a-cut")
@pytest.mark.parametrize("cut_after", [1, 2, 3])
def test_the_way_back_may_be_walked_again(host: Host, cut_after: int) -> None:
    """Whoever is cut off on the way back begins it again, and arrives."""
    api = host.api()
    previous = api.health().body.get("commitSha")
    host.lay_down(NEWER)
    jobs = _at_rest(api)
    as_it_was = {job: api.job(job) for job in jobs}
    host.pages.walk(PAGE, *DEPLOY, RELEASE=NEWER)
    way = host.pages.way_back(PAGE)

    host.pages.walk(PAGE, *way[:cut_after])
    host.pages.walk(PAGE, *way)

    back = host.api()
    assert len(way) == 3, f"the way back has other steps than the cases here: {way}"
    assert back.health().body.get("commitSha") == previous
    assert {job: back.job(job) for job in jobs} == as_it_was
    fresh = back.wait_for(back.add(), "COMPLETED", SOON_SECONDS)
    assert fresh["status"] == "COMPLETED", fresh


def _at_rest(api: Api) -> list[str]:
    """Jobs that no worker moves: one done, one set aside, and one dead where test jobs are taken."""
    done, aside = api.add(), _set_aside(api)
    dead = api.enqueue(jobType="__test.fail_n_times", payload={"failCount": 9}, maxAttempts=1)
    jobs = {done: "COMPLETED", aside: "SUSPENDED"}
    if dead.status == 201:
        jobs[str(dead.body["jobId"])] = "DEAD"
    ends = [api.wait_for(job, status, SOON_SECONDS)["status"] for job, status in jobs.items()]
    if ends != list(jobs.values()):
        raise NoVerdict(f"the jobs did not come to rest: {ends}")
    return list(jobs)


def _set_aside(api: Api) -> str:
    """A suspended job: one that no worker was quick enough to take."""
    for _ in range(TRIES):
        job = api.add()
        if api.change(job, "suspend").status == 200:
            return job
    raise NoVerdict(f"a worker took each of {TRIES} jobs before it could be set aside")


def _in_flight(api: Api) -> str:
    """A job that a worker is in the middle of. Raises `NotAsked` where no job takes long."""
    reply = api.enqueue(jobType="__test.hang", payload={"hangSec": FLIGHT_SECONDS})
    if reply.status == 400:
        raise NotAsked("the API takes no test job: in production nothing is long in flight")
    job = str(reply.body.get("jobId"))
    held = api.wait_for(job, "PROCESSING", SOON_SECONDS)
    if held["status"] != "PROCESSING":
        raise NoVerdict(f"no job was in flight: it is {held}")
    return job
