"""What a laptop shows of a Kernel before anybody deploys it, and what hangs on that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.adapter_kms import public_bytes
from checks.kernel.gate_bench import exits_of
from checks.kernel.smoke import walk
from proofbook import NotAsked, NoVerdict
from proofbook.policy import parse
from proofbook.stack import Exited, Finished, fixed, started

if TYPE_CHECKING:
    from pathlib import Path

    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

SMOKE = "kernel.smoke-passes-in-development"
DATABASE = "POSTGRES_URL"
#: What is told to a Kernel on a laptop: where its database is, and where it is to listen.
BARE = {"NODE_ENV": "development", "HOST": "127.0.0.1", "PORT": "{port}"}


@pytest.mark.claim("kernel.image-builds")
def test_what_was_built_serves(claim: ClaimHandle, deployment: Deployment) -> None:
    """The documented command makes an image, and the image's own command a Kernel."""
    built = deployment.twin.command("build")
    if not isinstance(built, Finished):
        raise NoVerdict(f"the build did not end: {built.output[-400:]}")
    claim.expect(exit=built.code)

    claim.expect(status=deployment.kernel().settled().status)


@pytest.mark.claim("kernel.starts-on-database-alone")
def test_a_database_is_all_that_it_needs(claim: ClaimHandle, standing: Deployment) -> None:
    """Who has read nothing but where the database goes can look at it."""
    with fixed(claim["port"]) as port:
        outcome = standing.start_kernel(without=_all_but_database(standing), port=port)
        assert not isinstance(outcome, Exited), f"on {port}: {outcome}"
        process = started(outcome, "the Kernel")
        health = standing.reach(process, is_open=True).settled()
        process.kill()

    claim.expect(status=health.status, health=health.body.get("status"))


@pytest.mark.claim(SMOKE)
def test_the_smoke_passes_in_development(claim: ClaimHandle, deployment: Deployment) -> None:
    """Without a token, without a KMS, all that the Kernel does is done once."""
    without = [name for name in _all_but_database(deployment) if name not in BARE]
    outcome = deployment.twin.start("api", env=BARE, without=without)
    kernel = deployment.reach(started(outcome, "the Kernel"), is_open=True)
    public = public_bytes(str(kernel.status().body.get("public_key")))

    walked = walk(kernel, lambda *_: [public])

    claim.require(walked.is_answered, walked.unanswered)
    assert walked.problems == ()
    claim.expect(steps=walked.passed)


@pytest.mark.claim("kernel.no-deploy-before-smoke")
def test_nothing_is_deployed_before_the_smoke_passes(
    claim: ClaimHandle, request: pytest.FixtureRequest, described: Deployment
) -> None:
    """A gate that forgot to ask, or that takes what it finds, is no gate."""
    file = _policy(described, request.config.rootpath)
    policy = parse(file.read_text(encoding="utf-8"), file.name)
    assert claim["gate"] in policy.gates, f"{file.name} has no gate {claim['gate']}"

    exits = exits_of(policy, claim["gate"], SMOKE)

    assert exits["pass"], f"the gate {claim['gate']} does not ask for {SMOKE}"
    claim.require(set(exits["pass"]) == {0}, f"it stays shut with a pass: {exits}")
    assert [state for state, said in exits.items() if state != "pass" and 0 in said] == []


def _all_but_database(deployment: Deployment) -> list[str]:
    """The variables that an API is told here, without its database's."""
    told = {*deployment.twin.env("api"), *BARE} - {DATABASE} - deployment.system.absent
    return sorted(told)


def _policy(deployment: Deployment, root: Path) -> Path:
    """The file that holds the gates: that of the project, unless the target names another."""
    try:
        return deployment.twin.file("gates")
    except NotAsked:
        return root / "gates.toml"
