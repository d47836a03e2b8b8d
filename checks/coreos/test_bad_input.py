"""One bad request is between the API and its sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CREATED
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.bad_input import bad_requests, fits, sent

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

SOON_SECONDS = 30


@pytest.mark.claim("coreos.bad-input-refused")
def test_bad_input_is_refused_and_blocks_nothing(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Each bad request gets the answer that it deserves, and the next good job its end."""
    waiting = api.add()
    worker = WireWorker(api, "w-bad")

    replies = [(bad, sent(api, worker, bad)) for bad in bad_requests(waiting, worker)]
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    deployment.worker(api.url, "w-good", pace.env)
    good = api.enqueue()
    jobs = (waiting, str(good.body.get("jobId")))
    ends = [api.wait_for(job, "COMPLETED", SOON_SECONDS)["status"] for job in jobs]

    wrong = [f"{bad.method} {bad.name} {bad.what}: {r!r}" for bad, r in replies if not fits(bad, r)]
    assert wrong == []
    claim.expect(status=max(reply.status for _, reply in replies))
    assert good.status == CREATED, f"afterwards the API takes no job: {good!r}"
    assert ends == ["COMPLETED", "COMPLETED"]
