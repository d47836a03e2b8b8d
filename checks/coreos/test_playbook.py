"""Each incident of the playbook, made to happen: its steps show it, and when they are done it is over."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import pytest
from nacl.signing import SigningKey

from checks.coreos.adapter_steps import body
from checks.coreos.key_pair import Pair
from checks.coreos.listing import first_listed
from proofbook import NoVerdict
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_steps import Pages

#: What these checks run: a step that is edited makes their evidence stale.
STEPS = ("runbooks/coreos/incidents.md",)
PAGE = "incidents"
SOON_SECONDS = 30
LEASE_MS = 4000
#: How long its job takes: so slow we may be in killing the worker that has it.
HANG_SECONDS = 3
#: Nobody listens there.
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.waits(20)
@pytest.mark.claim("coreos.playbook-shows-and-mends")
@pytest.mark.parametrize("incident", ["stuck", "dead", "wrong address", "wrong secret"])
def test_the_playbook_shows_and_mends(drill: Deployment, pages: Pages, incident: str) -> None:
    """Whoever follows the page finds out what is wrong, and gets the job done."""
    brief = drill.settings(
        HEARTBEAT_LOST_SECONDS=2, WORKER_ID_HOLD_SECONDS=1, RETRY_MAX_DELAY_MS=500
    )
    api = drill.api(brief.env)

    job = {
        "stuck": _stuck,
        "dead": _dead,
        "wrong address": _wrong_address,
        "wrong secret": _wrong_secret,
    }[incident](drill, pages, api)
    end = api.wait_for(job, "COMPLETED", SOON_SECONDS)

    assert end["status"] == "COMPLETED", end


def _stuck(drill: Deployment, pages: Pages, api: Api) -> str:
    """A worker dies in a job: the steps list the job, and miss the worker."""
    worker = drill.worker(api.url, "w1", _pace(drill))
    job = api.add(
        jobType="__test.hang", payload={"hangSec": HANG_SECONDS}, leaseDurationMs=LEASE_MS
    )
    api.wait_for(job, "PROCESSING", SOON_SECONDS)
    worker.process.kill()
    if first_listed(api, job, time.monotonic() + SOON_SECONDS) is None:
        raise NoVerdict("the job was never stuck: it was done before its worker died")

    assert job in _said(pages, api, "stuck-jobs"), "the step stuck-jobs does not list the job"
    _wait_active(pages, api, "w1", is_there=False)
    drill.worker(api.url, "w1", _pace(drill))
    _wait_active(pages, api, "w1", is_there=True)
    return job


def _dead(drill: Deployment, pages: Pages, api: Api) -> str:
    """A worker with an old key gets a job killed: the steps name it and why, and bring it back."""
    old = drill.worker(api.url, "w-old", {**_pace(drill), **Pair(SigningKey.generate()).worker})
    job = api.add(maxAttempts=1)
    if api.wait_for(job, "DEAD", SOON_SECONDS)["status"] != "DEAD":
        raise NoVerdict(f"the job is not dead but {api.status(job)}")
    rate, named = _said(pages, api, "dead-rate"), _said(pages, api, "dead-jobs")

    assert '"dead":1' in rate.replace(" ", ""), f"the step dead-rate shows no death: {rate}"
    assert job in named, f"the step dead-jobs does not name the job: {named}"
    assert "TICKET_INVALID" in named, f"the step dead-jobs does not say why: {named}"
    old.process.kill()
    drill.worker(api.url, "w-new", _pace(drill))
    again = pages.run(PAGE, "requeue", COREOS_API_URL=api.url, JOB=job)
    assert again.problem == "", f"the step requeue: {again.output}"
    return str(body(again).get("jobId"))


def _wrong_address(drill: Deployment, pages: Pages, api: Api) -> str:
    """A worker asks elsewhere: a job waits, and nobody is active."""
    lost = drill.worker(NOWHERE, "w1", _pace(drill))
    job = api.add()
    until(lambda: lost.lines("claim_error"), bool, SOON_SECONDS)

    assert body(pages.run(PAGE, "claimable", COREOS_API_URL=api.url)).get("claimable") == 1
    assert "w1" not in _said(pages, api, "active-workers"), "a worker that asks elsewhere is active"
    lost.process.kill()
    drill.worker(api.url, "w1", _pace(drill))
    return job


def _wrong_secret(drill: Deployment, pages: Pages, api: Api) -> str:
    """A worker is refused: a job waits, and the refusals are counted."""
    other = {"JOB_WORKER_HMAC_SECRET": secrets.token_hex(32)}
    refused = drill.worker(api.url, "w1", {**_pace(drill), **other})
    job = api.add()
    until(lambda: refused.lines("claim_error"), bool, SOON_SECONDS)

    assert body(pages.run(PAGE, "claimable", COREOS_API_URL=api.url)).get("claimable") == 1
    counted = _said(pages, api, "refused-workers")
    assert "worker_auth_failed" in counted, f"the step refused-workers shows none: {counted}"
    assert "w1" not in _said(pages, api, "active-workers"), "a worker that is refused is active"
    refused.process.kill()
    drill.worker(api.url, "w1", _pace(drill))
    return job


def _pace(drill: Deployment) -> dict[str, str]:
    """A worker that polls and beats often."""
    return dict(drill.settings(POLL_INTERVAL_SECONDS=0.2, HEARTBEAT_INTERVAL_SECONDS=0.5).env)


def _said(pages: Pages, api: Api, step: str) -> str:
    """What a step prints, which ends well."""
    ran = pages.run(PAGE, step, COREOS_API_URL=api.url)
    assert ran.problem == "", f"the step {step}: {ran.problem}: {ran.output[-300:]}"
    return ran.output


def _wait_active(pages: Pages, api: Api, worker: str, *, is_there: bool) -> None:
    """Wait until the step active-workers shows a worker, or shows it no more."""

    def look() -> str:
        return _said(pages, api, "active-workers")

    seen = until(look, lambda said: (worker in said) == is_there, SOON_SECONDS, every_seconds=0.3)
    assert (worker in seen) == is_there, f"the step active-workers shows {seen}"
