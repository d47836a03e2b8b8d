"""The smoke test: green on what works, and on nothing else."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import ENQUEUE, HEALTH, STUCK, SUMMARY
from proofbook import NoVerdict
from proofbook.instruments.tap import FakeServer, Tap
from proofbook.stack import Finished, fixed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Received

ADDRESS = "COREOS_API_URL"
#: What is broken → where, and what stands there then.
BREAKS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "health": (HEALTH, lambda said: {**said, "status": "degraded"}),
    "enqueue": (ENQUEUE, lambda _: {"error": "Store unavailable"}),
    "the job's end": ("a job", lambda said: {**said, "status": "DEAD"}),
    "the summary": (SUMMARY, lambda said: {**said, "aggregated": {"total": 0}}),
    "the stuck list": (STUCK, lambda _: {}),
}
#: What is answered instead of 2xx, where the break is in the status, too.
CODES: Mapping[str, int] = {"health": 503, "enqueue": 503}


@pytest.mark.claim("coreos.smoke-tells-truth")
def test_the_smoke_test_tells_the_truth(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """It has seen a job done, or says that it has not."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    deployment.worker(api.url, "w1", pace.env)
    with fixed(claim["port"]) as port, Tap(api.url, port=port) as tap:
        began = time.monotonic()
        whole = _smoke(deployment, without=(ADDRESS,))
        seconds = time.monotonic() - began
        job = _job(tap, api)
    done = api.status(job) if job else "not enqueued"

    with ThreadPoolExecutor(len(BREAKS)) as together:
        broken = dict(
            zip(BREAKS, together.map(lambda b: _broken(deployment, api, b), BREAKS), strict=True)
        )

    assert whole.code == claim["exit"], whole.output[-400:]
    assert done == "COMPLETED", f"the smoke test was content with a job that is {done}"
    claim.expect(within=seconds)
    assert [what for what, end in broken.items() if end.code == claim["exit"]] == []


def _smoke(deployment: Deployment, **told: Any) -> Finished:
    outcome = deployment.twin.command("smoke", **told)
    if not isinstance(outcome, Finished):
        raise NoVerdict(f"the smoke test did not end: {outcome.output[-400:]}")
    return outcome


def _broken(deployment: Deployment, api: Api, what: str) -> Finished:
    """The smoke test of a deployment in which one thing is broken."""
    place, change = BREAKS[what]

    def answer(request: Received) -> tuple[int, str, Mapping[str, str]]:
        kept = {name: said for name, said in request.headers if name.lower() == "cookie"}
        reply = api.raw(request.method, request.target, content=request.body or None, headers=kept)
        given = {
            name: said
            for name, said in reply.headers.items()
            if name in ("set-cookie", "content-type")
        }
        if not _is_there(api, request, place):
            return reply.status, reply.text, given
        return CODES.get(what, reply.status), json.dumps(change(reply.body)), given

    with FakeServer(answer) as proxy:
        return _smoke(deployment, env={ADDRESS: proxy.url})


def _is_there(api: Api, request: Received, place: str) -> bool:
    """Whether a request is for a page, or for any one job."""
    if place == "a job":
        return request.method == "GET" and any(job in request.path for job in _jobs(request))
    return request.path == api.access.path(place)


def _jobs(request: Received) -> list[str]:
    """The last part of the path, where it looks like a job's id."""
    last = request.path.rpartition("/")[2]
    return [last] if last.count("-") == 4 else []


def _job(tap: Tap, api: Api) -> str:
    """The job that passed the tap; "" if none did."""
    path = api.access.path(ENQUEUE)
    taken = [
        json.loads(e.reply_body) for e in tap.exchanges() if e.path == path and e.status == 201
    ]
    return str(taken[0].get("jobId", "")) if taken else ""
