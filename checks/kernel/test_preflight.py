"""What a deploy job asks before it deploys: whether a KMS is required, and whether it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook import NoVerdict
from proofbook.instruments.tap import Tap
from proofbook.stack import Finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

REQUIRE = "REQUIRE_KMS"


@pytest.mark.claim("kernel.deploy-job-requires-kms")
def test_a_deploy_needs_its_kms(claim: ClaimHandle, standing: Deployment) -> None:
    """Neither a job that forgot to require it, nor one whose KMS is away, gets through."""
    _ = standing.kms

    well = _asked(standing)
    unset = _asked(standing, without=(REQUIRE,))
    false = _asked(standing, {REQUIRE: "false"})
    with Tap(standing.kms.url) as gone:
        gone.listener.refuse()  # the port stays ours: nobody else comes to listen there
        away = _asked(standing, {"KMS_ENDPOINT": f"{gone.url}/sign"})

    claim.expect(passed=well.code)
    for end in (unset, false):
        claim.expect(refused=end.code)
        name = standing.system.names.env.get(REQUIRE, REQUIRE)
        assert name in end.output, f"it does not name {name}: {end.output!r}"
    claim.expect(unreachable=away.code)


def _asked(
    deployment: Deployment, env: Mapping[str, str] | None = None, *, without: tuple[str, ...] = ()
) -> Finished:
    """How the preflight ends in this environment."""
    end = deployment.twin.command("preflight", env=env or {}, without=without)
    if not isinstance(end, Finished):
        raise NoVerdict(f"the preflight did not end: {end.output[-300:]}")
    return end
