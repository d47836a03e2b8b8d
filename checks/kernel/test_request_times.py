"""How long requests take, as the metrics tell it: what their callers waited for, and no mean of all."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from checks.kernel.adapter import DIVISIONS, SIGN
from checks.kernel.between import Tapped
from proofbook import exercises
from proofbook.instruments.histograms import bucket, histogram, nth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap

pytestmark = pytest.mark.xdist_group("kernel-request-times")

DURATIONS = "kernel_http_request_duration_seconds"
QUANTILES = "kernel_http_request_duration_quantiles_seconds"
#: Longer than the last bucket of the histogram and whatever is held back beyond it.
PATIENCE_MS = 20_000
#: Signs asked for beside each other: so few that none waits for another's turn.
CALLERS = 3
#: The KMS's path for the signature of a manifest.
KMS_SIGN = "/sign"


@pytest.fixture(scope="module")
@exercises
def patient(standing: Deployment) -> Iterator[Tapped]:
    """A Kernel that waits long for its KMS; each check has one of its routes to itself."""
    with standing.kms_tap() as tap:
        kernel = standing.kernel({**standing.by_way_of(tap), "KMS_TIMEOUT_MS": str(PATIENCE_MS)})
        yield Tapped(kernel, tap)
        kernel.process.kill()


@pytest.fixture
@exercises
def fresh(patient: Tapped) -> Iterator[Tapped]:
    """The same; what a check makes of the tap is over with the check."""
    yield patient
    patient.tap.forward()


@pytest.mark.waits(15)
@pytest.mark.claim("kernel.request-quantiles-true")
def test_the_slowest_requests_show(claim: ClaimHandle, fresh: Tapped) -> None:
    """The 95th and the 99th of a hundred are those that the caller waited for, and no mean of all."""
    kernel, delay = fresh.kernel, claim["delay"].total_seconds()
    asked = count(1)

    def hold_back(_: Any, status: int, body: Any) -> tuple[int, Any]:
        if next(asked) % round(1 / claim["slow"]) == 0:
            time.sleep(delay)
        return status, body

    earlier = len(fresh.tap.exchanges())
    fresh.tap.change(hold_back, path=KMS_SIGN)
    with ThreadPoolExecutor(CALLERS) as pool:
        waits = list(pool.map(lambda _: _waited(kernel), range(claim["requests"])))
    samples = kernel.samples()

    claim.require(all(status == 200 for status, _ in waits), "not all signs were answered")
    caller, held = [seconds for _, seconds in waits], _held(fresh.tap, earlier)
    labels = {"method": "POST", "route": kernel.access.path(SIGN), "status_code": "200"}
    exported = histogram(samples, DURATIONS, **labels)
    claim.expect(requests=exported.count)
    mean, late = fmean(caller), nth(held, min(claim["quantiles"]))
    is_telling = bucket(exported.bounds, mean) < bucket(exported.bounds, late)
    claim.require(is_telling, f"the mean, {mean:.3f} s, and {late:.3f} s are in one bucket")
    true = []
    for q in claim["quantiles"]:
        # The Kernel's own time lies between what its KMS took and what its caller waited.
        least, most = (bucket(exported.bounds, nth(each, q)) for each in (held, caller))
        told = samples.value(QUANTILES, quantile=f"{q:g}", **labels)
        if least <= told <= most and least <= exported.quantile(q) <= most:
            true.append(q)
    claim.expect(quantiles=tuple(true))


@pytest.mark.claim("kernel.slowest-beyond-buckets-told")
def test_what_is_beyond_the_buckets_is_told(claim: ClaimHandle, fresh: Tapped) -> None:
    """Where no bucket is left, the longest that anybody waited stands for those that did."""
    kernel, delay = fresh.kernel, claim["delay"].total_seconds()
    quick = [kernel.put_division() for _ in range(claim["divisions"] - 1)]

    fresh.tap.delay(delay, path=KMS_SIGN)
    told = {"name": "Check", "goals": ["hold"]}
    began = time.monotonic()
    slow = kernel.ask("POST", DIVISIONS, "DivisionLead", json=told, timeout=2 * delay)
    labels = {"route": kernel.access.path(DIVISIONS), "status_code": "200"}
    q = f"{claim['quantile']:g}"
    shown = kernel.samples().value(QUANTILES, method="POST", quantile=q, **labels)
    # A server may stop its clock a moment after its caller has the answer.
    waited = time.monotonic() - began

    claim.require({reply.status for reply in (*quick, slow)} == {200}, f"{quick}, {slow}")
    assert delay <= shown <= waited, f"{shown:g} s is told, {waited:g} s were waited for"


def _waited(kernel: Kernel) -> tuple[int, float]:
    """The status of a sign, and for how long it was waited: until the Kernel has answered another request, too."""
    began = time.monotonic()
    reply = kernel.sign()
    kernel.ready()  # a server may stop its clock a moment after its caller has the answer
    return reply.status, time.monotonic() - began


def _held(tap: Tap, earlier: int) -> list[float]:
    """How long each signature of a manifest took at the KMS, in seconds; not so many exchanges of before."""
    return [
        (seen.returned_ns - seen.invoked_ns) / 1e9
        for seen in tap.exchanges()[earlier:]
        if seen.path == KMS_SIGN and seen.returned_ns
    ]
