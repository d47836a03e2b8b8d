"""What the files say that an operator fills in, builds from and starts with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from checks.coreos.composed import SOON_SECONDS
from checks.coreos.layout import PRIVATE, PUBLIC, SHARED, arguments, lines, text

if TYPE_CHECKING:
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.composed import Up
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("containers")

#: What a private value looks like, or the beginning of one.
_SECRET = re.compile(r"[0-9a-fA-F]{64}|-----BEGIN")


@pytest.mark.claim("coreos.public-variables-are-build-args")
def test_public_variables_are_arguments_of_the_build(
    claim: ClaimHandle, described: Deployment
) -> None:
    """A variable that the build is not handed is blank in the pages, whatever the operator wrote."""
    handed = described.layout().api.build_args
    taken = arguments(described.twin.file("dockerfile_api"))

    claim.require(len(PUBLIC) == claim["variables"], "the claim speaks of other variables")
    assert [name for name in PUBLIC if name not in handed] == []
    assert [name for name in PUBLIC if name not in taken] == []


@pytest.mark.claim("coreos.template-complete")
def test_the_template_lists_every_variable(claim: ClaimHandle, described: Deployment) -> None:
    """Whoever fills in each line has told the system all that it needs, and found no secret there."""
    template = described.twin.file("env_template")
    wanted = {*PRIVATE, *SHARED, *PUBLIC} - described.system.absent

    listed = lines(template)

    claim.require(text(template).strip(), f"{template.name} is empty")
    claim.require(
        len({*PRIVATE, *SHARED, *PUBLIC}) == claim["variables"],
        "the claim speaks of other variables",
    )
    own = described.system.names.env
    assert sorted(name for name in wanted if own.get(name, name) not in listed) == []
    assert _SECRET.findall(text(template)) == []


@pytest.mark.claim("coreos.filled-file-is-read")
def test_the_filled_file_is_the_one_that_is_read(
    claim: ClaimHandle, described: Deployment, containers: Up
) -> None:
    """What an operator writes where the template says has an effect."""
    layout = described.layout()
    wanted = described.twin.file("env_template").name.removesuffix(claim["suffix"])
    for service in (layout.api, *layout.workers):
        assert {path.rpartition("/")[2] for path in service.env_files} == {wanted}, service.name
    up = containers()

    told = up.api_container.environment

    claim.require(up.api_container.state["Running"], "the API's container is not up")
    assert told.get("FIREBASE_PROJECT_ID") == up.filled_in


@pytest.mark.claim("coreos.one-worker-by-default")
def test_one_worker_is_the_default(
    claim: ClaimHandle, described: Deployment, containers: Up
) -> None:
    """Whoever asks for nothing else gets one, by the name that the pages know."""
    workers = described.layout().workers
    assert [each.environment.get("WORKER_ID") for each in workers] == [claim["id"]]
    up = containers()
    api = up.api

    jobs = [api.add() for _ in range(claim["jobs"])]
    ends = [api.wait_for(job, "COMPLETED", SOON_SECONDS) for job in jobs]

    claim.require(
        [end["status"] for end in ends] == ["COMPLETED"] * claim["jobs"], f"not done: {ends}"
    )
    claim.expect(id=ends[0].get("workerId"))
    assert {end.get("workerId") for end in ends} == {claim["id"]}
    assert len([each for each in up.project.all() if each.image == up.worker.image]) == 1


@pytest.mark.claim("coreos.limits-only-in-override")
def test_limits_stand_in_the_override_alone(
    claim: ClaimHandle, described: Deployment, containers: Up
) -> None:
    """A host that asks for no limits has none."""
    plain, over = described.layout(), described.layout(override=True)
    limits = [(each.memory_bytes, each.cpus) for each in (plain.api, *plain.workers)]
    assert set(limits) == {(None, None)}
    assert None not in (over.api.memory_bytes, over.api.cpus), "the override sets no limits either"
    up = containers()

    for each in up.both:
        claim.require(each.state["Running"], f"{each.service} does not run")
        held = each.host_config
        claim.expect(memory=held["Memory"], cpus=held["NanoCpus"])
