"""Up and down: what the two scripts leave behind them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import HEALTH
from checks.coreos.composed import POLL, SOON_SECONDS, UP_SECONDS, reached
from checks.coreos.refusals import called
from proofbook import NoVerdict
from proofbook.instruments.compose_project import Project
from proofbook.instruments.replies import UNANSWERED
from proofbook.instruments.waiting import until
from proofbook.stack import Finished

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: Whatever still answers after so long was not stopped.
GONE_SECONDS = 10
SECRET = "JOB_WORKER_HMAC_SECRET"


@pytest.mark.waits(55)
@pytest.mark.claim("coreos.up-starts-stack")
def test_up_starts_the_stack(claim: ClaimHandle, drill: Deployment, deployment: Deployment) -> None:
    """What `up` says is so: it serves, or it says what is missing."""
    refused = _run(deployment, "up", {SECRET: ""})
    up = _run(drill, "up", POLL)
    claim.expect(exit=up.code)
    ended = time.monotonic()
    api = reached(drill)

    health = until(lambda: _health(api), lambda seen: seen == "ok", SOON_SECONDS)
    assert health == "ok", f"up was content, and health is {health}"
    job = api.add()
    done = api.wait_for(job, "COMPLETED", SOON_SECONDS)["status"]
    seconds = time.monotonic() - ended

    assert done == "COMPLETED"
    claim.expect(within=seconds)
    assert refused.code != up.code, f"up was content without {SECRET}"
    assert any(name in refused.output for name in called(drill, SECRET)), refused.output[-400:]


@pytest.mark.waits(45)
@pytest.mark.claim("coreos.down-stops-stack")
def test_down_stops_the_stack(claim: ClaimHandle, drill: Deployment) -> None:
    """Afterwards nobody answers, and no container is left."""
    up = _run(drill, "up")
    claim.require(up.code == 0, f"commands.up ended with {up.code}: {up.output[-400:]}")
    api = reached(drill)
    before, health = _containers(drill), _health(api)

    down = _run(drill, "down")
    after = _containers(drill)
    left = until(lambda: _answers(api), lambda answers: not answers, GONE_SECONDS)

    claim.require(health == "ok", f"health was {health} before")
    claim.require(before != [], "no container was listed before")
    claim.expect(exit=down.code)
    assert after in (None, []), "containers are left"
    assert not left, "the API still answers"


def _run(deployment: Deployment, name: str, env: dict[str, str] | None = None) -> Finished:
    within = timedelta(seconds=UP_SECONDS)
    outcome = deployment.twin.command(name, env=env or {}, within=within)
    if not isinstance(outcome, Finished):
        raise NoVerdict(f"commands.{name} did not end: {outcome.output[-400:]}")
    return outcome


def _containers(deployment: Deployment) -> list[str] | None:
    """The services that have a container; `None` where there are none by nature."""
    if "docker" not in deployment.twin.needs:
        return None
    with Project(deployment.twin.name) as project:
        return sorted(each.service for each in project.all())


def _health(api: Api) -> str:
    reply = api.attempt("GET", api.access.path(HEALTH))
    return str(reply.body.get("status", reply.status))


def _answers(api: Api) -> bool:
    return api.attempt("GET", api.access.path(HEALTH)).status != UNANSWERED
