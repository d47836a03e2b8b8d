"""Where the API is, for whoever was told nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import HEALTH
from proofbook.instruments.http import Client
from proofbook.stack import Ready, fixed

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle


@pytest.mark.claim("coreos.port-defaults")
def test_the_port_is_known_without_being_told(
    claim: ClaimHandle, standing: Deployment, shared: Api
) -> None:
    """On its own port unless another is given."""
    with fixed(claim["port"]) as port:
        outcome = standing.start_api(without=("PORT",), port=port)
        assert isinstance(outcome, Ready), f"nobody answers on {port}: {outcome}"
        with Client(f"http://127.0.0.1:{port}") as client:
            answer = client.request("GET", shared.access.path(HEALTH))
        outcome.process.kill()

    assert answer.status_code == 200
    assert shared.health().status == 200
