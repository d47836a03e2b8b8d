"""The way back, walked as the page says it, on a deployment that an operator brought up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.waiting import until
from proofbook import NotAsked, NoVerdict

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_steps import Host
    from proofbook import ClaimHandle

PAGE = "rollback"
NEWER = "newer"
DEPLOY = ("tag-previous", "drain-workers", "switch-release", "start-workers")
SOON_SECONDS = 30
#: How long the job in flight takes: shorter than the grace that a worker has to finish it.
FLIGHT_SECONDS = 2


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
    jobs = _one_of_each_end(api)
    host.pages.walk(PAGE, *DEPLOY[:1], RELEASE=NEWER)
    flight = api.add(jobType="__test.hang", payload={"hangSec": FLIGHT_SECONDS})
    held = until(lambda: api.status(flight), lambda seen: seen == "PROCESSING", SOON_SECONDS)
    as_it_was = {job: api.job(job) for job in jobs}

    host.pages.walk(PAGE, *DEPLOY[1:], RELEASE=NEWER)
    newer = host.api().health().body.get("commitSha")
    host.pages.walk(PAGE, *host.pages.way_back(PAGE))

    back = host.api()
    commit, landed = back.health().body.get("commitSha"), back.job(flight)
    claim.require(previous != newer, f"both releases call themselves {previous}")
    claim.require(held == "PROCESSING", f"no job was in flight: it is {held}")
    assert commit == previous, f"after the way back health names {commit}"
    assert {job: back.job(job) for job in jobs} == as_it_was
    assert landed["status"] == "COMPLETED", f"the job in flight is {landed['status']}"
    claim.expect(attempt=landed["attempts"])


@pytest.mark.claim("coreos.rollback-survives-a-cut")
@pytest.mark.parametrize("cut_after", [1, 2, 3])
def test_the_way_back_may_be_walked_again(host: Host, cut_after: int) -> None:
    """Whoever is cut off on the way back begins it again, and arrives."""
    api = host.api()
    previous = api.health().body.get("commitSha")
    host.lay_down(NEWER)
    jobs = _one_of_each_end(api)
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


def _one_of_each_end(api: Api) -> list[str]:
    """A job that is done, one that is dead and one that is set aside: no worker moves them."""
    done = api.add()
    dead = api.add(jobType="__test.fail_n_times", payload={"failCount": 9}, maxAttempts=1)
    ends = [api.wait_for(done, "COMPLETED", SOON_SECONDS), api.wait_for(dead, "DEAD", SOON_SECONDS)]
    busy = api.add(jobType="__test.hang", payload={"hangSec": 1})
    api.wait_for(busy, "PROCESSING", SOON_SECONDS)
    aside = api.add()
    api.change(aside, "suspend")
    ends += [api.wait_for(busy, "COMPLETED", SOON_SECONDS), api.job(aside)]
    if [end["status"] for end in ends] != ["COMPLETED", "DEAD", "COMPLETED", "SUSPENDED"]:
        raise NoVerdict(f"the jobs did not come to rest: {ends}")
    return [done, dead, busy, aside]
