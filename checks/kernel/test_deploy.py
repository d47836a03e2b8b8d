"""What a deployment is made of: its secrets, its configuration, the gate before it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.kernel.database import code_of
from checks.kernel.deploy_config import read
from proofbook.instruments.facts import facts_of

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.deploy_config import DeployConfig
    from proofbook import ClaimHandle

#: What the host and CI keep.
SECRETS = ("POSTGRES_URL", "KMS_ENDPOINT", "SIGNER_ID")
#: The contract's own, where nobody says otherwise.
PORT = "PORT"


@pytest.mark.claim("kernel.deploy-job-needs-secrets")
def test_the_deploy_job_needs_each_secret(claim: ClaimHandle, standing: Deployment) -> None:
    """A job that lacks a secret stops, instead of leaving out what needs it."""
    _ = standing.kms
    twin = standing.twin

    sound = twin.command("preflight")
    ends = {
        **{(name, "unset"): twin.command("preflight", without=(name,)) for name in SECRETS},
        **{(name, "empty"): twin.command("preflight", env={name: ""}) for name in SECRETS},
    }

    claim.require(code_of(sound) == claim["passed"], f"with all of them: {sound.output[-300:]!r}")
    claim.expect(passed=code_of(sound))
    for (name, how), end in ends.items():
        claim.expect(refused=code_of(end))
        own = standing.system.names.env.get(name, name)
        assert own in end.output, f"{own} is {how}, and not named: {end.output!r}"


@pytest.mark.claim("kernel.secrets-in-environment-alone")
def test_secrets_stand_in_the_environment_alone(
    claim: ClaimHandle, kernel: Kernel, described: Deployment
) -> None:
    """The host hands them to the process; whoever reads the configuration learns none."""
    names = [described.system.names.env.get(name, name) for name in SECRETS]
    config = _config(described)

    told = facts_of(kernel.process).environment

    lacking = [name for name in names if not told.get(name)]
    claim.require(not lacking, f"the process is told no {', '.join(lacking)}")
    in_the_open = [name for name in names if name in config.env]
    claim.expect(secrets=len(in_the_open))
    assert in_the_open == []


@pytest.mark.claim("kernel.fly-app-named")
def test_the_app_has_its_name_and_region(claim: ClaimHandle, described: Deployment) -> None:
    """Whoever reads a log or sets a secret finds the app by the name that stands in the runbook."""
    config = _config(described)

    claim.require(config.told, f"{config.path.name} says nothing")
    claim.expect(app=config.app, region=config.region)


@pytest.mark.claim("kernel.fly-builds-what-it-names")
def test_the_configuration_leads_to_an_image(
    claim: ClaimHandle, described: Deployment, pytestconfig: pytest.Config
) -> None:
    """A deployment does not end in the build, nor at a port where nobody listens."""
    config = _config(described)

    port = config.internal_port
    image = config.image(Path(pytestconfig.rootpath))

    claim.require(port is not None, f"{config.path.name} names no internal port")
    assert image is not None, f"the Dockerfile of {config.path.name} is not below its context"
    assert image.missing() == [], f"not below {image.context}"
    told = config.env.get(PORT, image.port)
    claim.expect(port=port) if told is None else claim["port"]
    assert told is None or int(told) == port, f"it leads to {port}, and PORT is {told}"


def _config(described: Deployment) -> DeployConfig:
    return read(described.twin.file("deploy_config"))
