"""What an image is made of: who runs in it, what asks after its health, and what it must not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from checks.coreos.composed import SOON_SECONDS
from checks.coreos.layout import PRIVATE
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.composed import Composed, Up
    from proofbook import ClaimHandle
    from proofbook.instruments.compose_project import Contained

pytestmark = pytest.mark.xdist_group("containers")

#: Docker counts in these.
NANOSECONDS = 10**9


@pytest.mark.claim("coreos.images-run-non-root")
def test_nobody_in_an_image_is_root(claim: ClaimHandle, containers: Up) -> None:
    """Whoever gets out of the program is nobody on the host; and Docker can tell whether it works."""
    for each in containers().both:
        claim.require(each.state["Running"], f"{each.service} does not run")
        claim.expect(uid=each.facts.uid)
        assert each.config.get("Healthcheck"), f"the image of {each.service} has no HEALTHCHECK"


@pytest.mark.claim("coreos.api-health-check")
def test_the_apis_health_check_follows_its_health(claim: ClaimHandle, containers: Up) -> None:
    """Well while the store answers, and not a moment longer."""
    up = containers()
    seen = _numbers(up.api_container)
    store = next(each for each in up.project.all() if each.service == _store(up))

    before = up.api_container.check()
    store.stop()
    try:
        without = until(up.api_container.check, bool, SOON_SECONDS)
    finally:
        store.start()
    after = until(up.api_container.check, lambda code: code == 0, SOON_SECONDS)

    claim.require(
        (before, after) == (0, 0), f"it was not well with the store up: {before}, {after}"
    )
    claim.expect(**{name: seen[name] for name in ("interval", "timeout", "start", "retries")})
    assert without != 0, "the health check holds while the store is down"


@pytest.mark.claim("coreos.worker-health-check")
def test_the_workers_health_check_asks_whether_it_runs(claim: ClaimHandle, containers: Up) -> None:
    """It holds in a worker, and fails where there is the image and no worker."""
    up = containers()
    seen = _numbers(up.worker)
    bare = up.project.beside(up.worker.image, ["sleep", "60"])

    within, without = up.worker.check(), bare.check(up.worker.test)

    claim.require(within == 0, f"it does not hold in a worker that runs: {within}")
    claim.expect(**{name: seen[name] for name in ("interval", "timeout", "retries")})
    assert without != 0, "the health check holds where no worker runs"


@pytest.mark.claim("coreos.env-files-stay-out-of-images")
def test_no_layer_holds_what_an_operator_filled_in(claim: ClaimHandle, containers: Up) -> None:
    """An image is handed on; what stood beside it when it was built is not."""
    up = containers()
    given = up.deployment.twin.env("api")
    private = [given[name].replace("\\n", "\n") for name in PRIVATE if given.get(name)]
    # Of a PEM, what is private begins after the first line.
    cores = [_core(value)[: claim["characters"]].encode() for value in private]

    for each in up.both:
        read, holding = up.project.files_with(each.image, [up.canary.encode(), *cores])

        claim.require(read, f"no layer of {each.service}'s image was read")
        assert holding == [], f"{each.service}'s image holds what an operator filled in"


def _numbers(container: Contained) -> Mapping[str, float]:
    """A health check's numbers as the claims name them, in seconds."""
    said = container.config.get("Healthcheck") or {}
    assert said.get("Test"), f"{container.service} has no health check"
    return {
        "interval": said.get("Interval", 0) / NANOSECONDS,
        "timeout": said.get("Timeout", 0) / NANOSECONDS,
        "start": said.get("StartPeriod", 0) / NANOSECONDS,
        "retries": said.get("Retries", 0),
    }


def _store(up: Composed) -> str:
    """The service that the database's address names."""
    return str(urlsplit(up.api_container.environment["DATABASE_URL"]).hostname)


def _core(value: str) -> str:
    return value.split("-----")[2].strip() if value.count("-----") == 4 else value
