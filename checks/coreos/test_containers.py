"""How the containers of one host are put together: what keeps them up, apart and in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from checks.coreos.adapter import HEALTH
from checks.coreos.composed import SOON_SECONDS
from proofbook.instruments.compose import bytes_of
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.composed import Up
    from proofbook import ClaimHandle
    from proofbook.instruments.compose_project import Contained

pytestmark = pytest.mark.xdist_group("containers")

API_URL = "COREOS_API_URL"
#: Asks for a page, and prints its status.
PYTHON = "import sys,urllib.request as u;print(u.urlopen(sys.argv[1],timeout=5).status)"


@pytest.mark.claim("coreos.api-published-port")
def test_the_api_is_published_on_its_port(
    claim: ClaimHandle, described: Deployment, containers: Up
) -> None:
    """Where the pages of this runbook say that it is."""
    port = claim["port"]
    published = [str(each) for each in described.layout().api.said.get("ports", [])]
    assert [
        each for each in published if each.split("/")[0].endswith(f"{port}:{port}")
    ] == published
    assert published, "compose publishes no port of the API's"
    up = containers()

    bound = up.api_container.held.attrs["NetworkSettings"]["Ports"]

    assert list(bound) == [f"{port}/tcp"]
    claim.expect(status=up.api.health().status)


@pytest.mark.waits(70)
@pytest.mark.claim("coreos.services-restart")
def test_a_service_restarts_unless_it_was_stopped(claim: ClaimHandle, containers: Up) -> None:
    """A crash mends itself; what an operator stopped stays as they left it."""
    up = containers()
    policies = {each.service: each.host_config["RestartPolicy"]["Name"] for each in up.both}
    worker = up.worker
    before = worker.restarts

    worker.kill_first()
    until(lambda: _is_back(worker, before), bool, SOON_SECONDS)
    state = worker.state
    restarts = worker.restarts - before
    worker.stop()
    try:
        stopped = until(lambda: worker.state["Running"], bool, 3)
    finally:
        worker.start()

    assert set(policies.values()) == {claim["policy"]}, policies
    assert state["Running"], f"the worker was killed, and is {state['Status']}"
    claim.expect(restarts=restarts)
    assert not stopped, "a worker that was stopped runs again"


@pytest.mark.claim("coreos.container-logs-rotate")
def test_the_logs_rotate(claim: ClaimHandle, containers: Up) -> None:
    """A talkative service fills no disk."""
    for each in containers().both:
        config = each.host_config["LogConfig"]
        options = config.get("Config") or {}

        claim.expect(driver=config["Type"])
        assert "max-size" in options, f"the log of {each.service} grows without end"
        claim.expect(size=bytes_of(options["max-size"]), files=int(options.get("max-file", 1)))


@pytest.mark.claim("coreos.worker-reaches-api-by-name")
def test_the_worker_reaches_the_api_by_its_name(claim: ClaimHandle, containers: Up) -> None:
    """Both are in one network, which knows them by their services' names."""
    up = containers()
    url = up.worker.facts.environment[up.deployment.system.names.env.get(API_URL, API_URL)]
    host = str(urlsplit(url).hostname)

    code, said = _asked(up.worker, url.rstrip("/") + up.api.access.path(HEALTH))
    own = up.api_container.held.attrs["NetworkSettings"]["Networks"]

    known = {name for network in own.values() for name in network.get("Aliases") or []}
    assert host in known, f"nobody in the worker's network is called {host}"
    assert code == 0, f"{url} is not reached from inside the worker: {said[-300:]}"
    claim.expect(status=int(said.strip() or 0))


@pytest.mark.claim("coreos.worker-waits-for-api")
def test_the_worker_waits_until_the_api_is_well(claim: ClaimHandle, containers: Up) -> None:
    """The first start of a worker comes after the API's first good health check."""
    up = containers()
    said = up.layout.workers[0].said.get("depends_on") or {}
    condition = (said.get(up.layout.api.name) or {}).get("condition", "service_started")

    created = _instant(up.worker.held.attrs["Created"])
    started = _instant(up.api_container.held.attrs["Created"])
    every = up.api_container.config.get("Healthcheck", {}).get("Interval", 0) / 1e9

    claim.expect(condition=condition)
    # The first check comes an interval after the start, and nobody is well before it.
    assert created - started >= timedelta(seconds=every), (
        f"the worker was made {created - started} after the API, whose first check comes after {every:g} s"
    )


@pytest.mark.claim("coreos.containers-run-production")
def test_the_containers_run_in_production(claim: ClaimHandle, containers: Up) -> None:
    """No development build is served by mistake, on no other port."""
    up = containers()

    env = up.api.health().body.get("env")
    listening = {port for _, port in up.api_container.facts.sockets.listening}

    claim.expect(env=env)
    assert claim["port"] in listening, f"the API listens on {sorted(listening)} inside"
    told = up.api_container.environment
    assert told.get("PORT") == str(claim["port"])


def _is_back(container: Contained, before: int) -> bool:
    return container.restarts > before and bool(container.state["Running"])


def _asked(container: Contained, url: str) -> tuple[int, str]:
    """Exit code and status of a request from inside, with the first tool that is there."""
    tools: tuple[tuple[str, ...], ...] = (
        ("python3", "-c", PYTHON, url),
        ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url),
        ("node", "-e", f"fetch({url!r}).then(r=>console.log(r.status))"),
    )
    ends = [container.run(tool) for tool in tools]
    return next((end for end in ends if end[0] == 0), ends[0])


def _instant(text: str) -> datetime:
    """An instant as Docker writes it, whose fractions are finer than ours."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6] or '0'}+00:00")
