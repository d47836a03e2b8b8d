"""One bad request is between the API and its sender."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter_worker import WireWorker
from checks.coreos.bad_input import bad_requests

if TYPE_CHECKING:
    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.bad_input import Bad
    from proofbook import ClaimHandle

SOON_SECONDS = 30


@pytest.mark.claim("coreos.bad-input-refused")
def test_bad_input_is_refused_and_blocks_nothing(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Each bad request gets the answer that it deserves, and the next good job its end."""
    waiting = api.add()
    worker = WireWorker(api, "w-bad")

    replies = [(bad, _sent(api, worker, bad)) for bad in bad_requests(waiting)]
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    deployment.worker(api.url, "w-good", pace.env)
    good = api.add()
    ends = [api.wait_for(job, "COMPLETED", SOON_SECONDS)["status"] for job in (waiting, good)]

    wrong = [
        f"{bad.method} {bad.name} {bad.what}: {r!r}" for bad, r in replies if not _fits(bad, r)
    ]
    claim.expect(status=max(reply.status for _, reply in replies))
    assert wrong == []
    assert ends == ["COMPLETED", "COMPLETED"]


def _sent(api: Api, worker: WireWorker, bad: Bad) -> Reply:
    """The answer to a bad request."""
    signed = worker.headers(bad.name, bad.content or b"") if bad.role == "worker" else {}
    role = None if bad.role == "worker" else bad.role
    path = api.access.path(bad.name, id=bad.id) + (f"?{bad.query}" if bad.query else "")
    cookie = {"Cookie": api.cookie(role)} if role else {}
    headers = {"Content-Type": "application/json", **signed, **cookie}
    return api.attempt(bad.method, path, content=bad.content, headers=headers)


def _fits(bad: Bad, reply: Reply) -> bool:
    """Whether a bad request got what it deserves."""
    if bad.status == 0:
        return 400 <= reply.status < 500
    return reply.status == bad.status and (not bad.code or reply.code == bad.code)
