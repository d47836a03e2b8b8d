"""The incident checklist: what each step finds, where all is well and where something is not."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import completed
from checks.jobsources.replies import UNANSWERED
from proofbook import NotAsked, observes
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.incident import Fallen, Rehearsed
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

#: What these checks run: a step that is edited makes their evidence stale.
STEPS = (
    "runbooks/jobsources/alerts.md",
    "runbooks/jobsources/callbacks.md",
    "runbooks/jobsources/deployment.md",
    "runbooks/jobsources/health.md",
    "runbooks/jobsources/incidents.md",
    "runbooks/jobsources/queue.md",
    "runbooks/jobsources/slo.md",
)
pytestmark = pytest.mark.xdist_group("jobsources-promoted")
#: As long as a log may lag behind an answer.
SOON_SECONDS = 10
SHA = re.compile(r"[0-9a-f]+")
#: An instant of ISO 8601 that says that it is in UTC.
UTC_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|\+00:?00)")


@pytest.fixture
@observes
def release(described: Deployment, stack: Stack) -> tuple[Path, str]:
    """Where a deployment's metadata are, and the release that it says itself it is."""
    reading = described.system.processes["api"].release
    if reading is None:
        raise NotAsked(
            "the target does not say how the API's release is read", remedy="api.release"
        )
    api = described.api(raised=False)
    return described.twin.file("release_metadata"), stack.read(reading, base=api.url)


@pytest.mark.claim("jobsources.each-program-has-health")
def test_each_program_tells_its_own_health(
    claim: ClaimHandle, rehearsed: Rehearsed, fallen: Fallen
) -> None:
    """What is killed says nothing, and nobody says it in its place."""
    for reply in rehearsed.well.values():
        claim.expect(code=reply.status)
    answered = {name: reply for name, reply in fallen.gone.items() if reply.status != UNANSWERED}
    assert {name for name, reply in answered.items() if reply.is_done} == set()
    assert fallen.gone.keys() == rehearsed.well.keys()


@pytest.mark.claim("jobsources.refused-callbacks-logged")
def test_the_log_says_why_a_callback_was_refused(claim: ClaimHandle, standing: Deployment) -> None:
    """Which the caller is not told; and nothing that would let somebody else call."""
    token = f"token-{uuid4()}"
    api = standing.api({"WORKER_CALLBACK_TOKEN": token})
    claim.require(api.secret, "callbacks are not signed")
    callback, wrong = completed(api.begin()), f"wrong-{uuid4()}"
    unsigned = replace(callback, request_id=str(uuid4()))
    foreign = replace(callback, request_id=str(uuid4()))
    now = int(time.time())

    refused = {
        "signature": api.deliver(unsigned, at=now, secret=wrong, bearer=token),
        "token": api.deliver(foreign, at=now, bearer=wrong),
    }
    taken = api.deliver(callback, bearer=token)
    ids = {"signature": unsigned.request_id, "token": foreign.request_id}
    told = {
        why: until(partial(_said, api, why, request_id), bool, SOON_SECONDS)
        for why, request_id in ids.items()
    }
    log = api.process.output()
    api.process.kill()

    claim.require(taken.is_applied, f"a sound callback is answered {taken!r}")
    for reply in refused.values():
        claim.expect(code=reply.status)
    silent = [why for why, lines in told.items() if not lines]
    assert not silent, f"no line has the request's id and the word: {', '.join(silent)}"
    secrets = {
        "the secret": api.secret,
        "the token": token,
        "the wrong token": wrong,
        "the wrong signature": unsigned.signature(wrong, str(now)),
        "the signature": foreign.signature(api.secret, str(now)),
        "the right signature": unsigned.signature(api.secret, str(now)),
    }
    shown = [name for name, secret in secrets.items() if secret in log]
    assert not shown, f"the log holds {', '.join(shown)}"


@pytest.mark.claim("jobsources.smoke-runs-on-host")
def test_the_smoke_test_tells_the_truth(
    claim: ClaimHandle, rehearsed: Rehearsed, fallen: Fallen
) -> None:
    """It has seen a run completed, or says at which stage it stopped."""
    sound, broken = rehearsed.smoke, fallen.smoke

    claim.require(all(r.is_done for r in rehearsed.well.values()), f"{rehearsed.well} is not well")
    assert sound.end.code == claim["exit"], f"it says {sound.end.output[-300:]!r}"
    assert list(sound.runs) == [claim["end"]], f"it left {len(sound.runs)} runs: {sound.runs}"
    claim.expect(broken=broken.end.code)
    assert claim["stage"] in broken.end.output, f"it says {broken.end.output[-300:]!r}"


@pytest.mark.claim("jobsources.release-metadata-true")
def test_the_release_is_what_it_says(claim: ClaimHandle, release: tuple[Path, str]) -> None:
    """Whoever promotes it reads there what it is."""
    path, deployed = release

    assert path.is_file(), f"there is no {path}"
    lines = path.read_text(encoding="utf-8").splitlines()
    told = {key: said for key, _, said in (line.partition("=") for line in lines)}
    lacking = [key for key in ("ref", "sha", "created_at") if not told.get(key)]
    assert not lacking, f"the metadata lack {', '.join(lacking)}"
    assert SHA.fullmatch(told["sha"]), f"sha is {told['sha']}"
    claim.expect(digits=len(told["sha"]))
    assert told["sha"] == deployed, f"sha is {told['sha']}, deployed is {deployed}"
    created_at = told["created_at"]
    assert UTC_INSTANT.fullmatch(created_at), f"created_at is {created_at}"
    assert datetime.fromisoformat(created_at) <= datetime.now(UTC), f"created_at is {created_at}"


@pytest.mark.claim("jobsources.operators-steps-work")
def test_the_steps_work_as_they_stand(claim: ClaimHandle, rehearsed: Rehearsed) -> None:
    """What is copied at night ends well where all is well."""
    if rehearsed.unasked:
        raise NotAsked(rehearsed.unasked)
    ran = rehearsed.steps

    claim.require(all(r.is_done for r in rehearsed.well.values()), f"{rehearsed.well} is not well")
    unnamed = {each.step.place.path for each in ran} - {*STEPS}
    claim.require(ran, "none of the pages has a step")
    claim.require(not unnamed, f"STEPS does not name {unnamed}")
    wrong = {each.step.name: f"{each.step.place}: {each.problem}" for each in ran if each.problem}
    assert not wrong, f"steps that did not end well: {wrong}"
    for each in ran:
        claim.expect(exit=each.code)


def _said(api: Api, why: str, request_id: str) -> list[str]:
    """Lines of the log about a request that hold a word, in whatever case."""
    return [line for line in api.process.lines() if request_id in line and why in line.lower()]
