"""One id, one process: the second that comes by it waits until the first is gone."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CLAIM
from checks.coreos.adapter_worker import WireWorker, claimed_of
from proofbook.instruments.waiting import pause_until, until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap

#: Later than this before the hold's end nothing is asked: the answer might come after it.
MARGIN_SECONDS = 5
SOON_SECONDS = 20


@pytest.mark.waits(20)
@pytest.mark.claim("coreos.worker-id-unique")
def test_an_id_belongs_to_one_process(claim: ClaimHandle, deployment: Deployment, api: Api) -> None:
    """While the first is heard, the second gets nothing; afterwards it does."""
    hold = claim["hold"].total_seconds()
    twins = _twins(deployment, api)
    _, job = api.add(), api.add()
    first, second = (WireWorker(api, "w1", instance=process) for process in ("one", "two"))
    asked = time.monotonic()
    served = claimed_of(first.claim())
    last = time.monotonic()

    refused = [second.claim()]
    pause_until(asked + hold - MARGIN_SECONDS)
    refused.append(second.claim())
    in_time = time.monotonic() < asked + hold
    untouched = api.job(job)
    pause_until(last + hold + 0.1)
    later = claimed_of(second.claim())

    claim.require(served, "the first was not served")
    claim.require(in_time, "the second's claim took longer than the hold")
    claim.require(all(twins), "not both processes polled")
    for reply in refused:
        claim.expect(status=reply.status)
        assert reply.code == "WORKER_ID_IN_USE"
    assert (untouched["status"], untouched["attempts"]) == ("PENDING", 0)
    assert later is not None, "the second was not served after the hold"
    assert later.job == job
    assert 409 in twins[1], f"the second process of one id was answered {twins[1]}"
    assert set(twins[0]) == {200}, f"the first process of one id was answered {twins[0]}"


def _twins(deployment: Deployment, api: Api) -> tuple[list[int], list[int]]:
    """What two processes of one id are answered."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.3)
    taps = [deployment.tap(api), deployment.tap(api)]
    workers = []
    for tap in taps:
        workers.append(deployment.worker(tap.url, "w-twin", pace.env))
        until(partial(_answers, tap, api), bool, SOON_SECONDS)
    until(lambda: len(_answers(taps[1], api)), lambda seen: seen >= 2, SOON_SECONDS)
    answers = _answers(taps[0], api), _answers(taps[1], api)
    for worker in workers:
        worker.process.kill()
    return answers


def _answers(tap: Tap, api: Api) -> list[int]:
    """The statuses of the claims that passed a tap."""
    path = api.access.path(CLAIM)
    return [seen.status for seen in tap.exchanges() if seen.path == path and seen.status]
