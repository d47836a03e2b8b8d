"""A hundred callers at one instant: each is served, and nobody is kept from seeing that all is well."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.kernel.adapter import IDEMPOTENCY_KEY, SIGN
from checks.kernel.crowd import Crowd
from proofbook.instruments.raw_http import request

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: Between two looks at the health page.
PAUSE_SECONDS = 0.25


@pytest.mark.alone
@pytest.mark.claim("kernel.crowd-of-signs-finishes")
def test_a_crowd_of_signs_finishes(claim: ClaimHandle, standing: Deployment) -> None:
    """However many hold a connection to the store at once, none of them waits for another for ever."""
    tap = standing.kms_tap()
    tap.delay(claim["delay"].total_seconds())
    limit = claim.bound("within").upper.total_seconds()
    # A KMS that a busy machine keeps from answering is no crowd: who waits for it gives up no sooner than the check.
    patient = {"KMS_TIMEOUT_MS": f"{limit * 1000:.0f}"}
    kernel = standing.kernel({**standing.by_way_of(tap), **patient})
    over = Event()

    with Crowd(kernel.url, [_sign(kernel) for _ in range(claim["signs"])]) as crowd:
        with ThreadPoolExecutor(1) as beside:
            looks = beside.submit(_look, kernel, over)
            at_once = crowd.release()
            statuses = crowd.statuses(limit + 1)
            seconds = crowd.seconds
            over.set()
        pages = looks.result()
    kernel.process.kill()

    claim.require(at_once == claim["signs"], f"{at_once} were open at once")
    for status in statuses:
        claim.expect(code=status)
    claim.expect(within=seconds)
    claim.require(pages, "nobody looked at the health page meanwhile")
    claim.expect(health=max(pages))


def _sign(kernel: Kernel) -> bytes:
    """One request for a signature, as bytes."""
    body = json.dumps({"manifest": {"id": f"manifest-{uuid4()}"}}).encode()
    headers = {
        "Authorization": f"Bearer {kernel.access.token('Service')}",
        "Content-Type": "application/json",
        kernel.access.header(IDEMPOTENCY_KEY): str(uuid4()),
    }
    return request(kernel.url, "POST", kernel.access.path(SIGN), body, headers)


def _look(kernel: Kernel, over: Event) -> list[float]:
    """How long the health page took each time, until it is over; for ever where it did not answer."""
    found = []
    while not over.wait(PAUSE_SECONDS):
        health = kernel.health(unanswered=True)
        found.append(health.seconds if health.status else float("inf"))
    return found
