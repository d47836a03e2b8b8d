"""Metrics: what they count happened, what they time took as long, and nobody's id is a label."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.kernel.adapter import DIVISION, METRICS
from proofbook.instruments.lateness import Lateness
from proofbook.instruments.samples import read, scattered, unreadable
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.between import Tapped
    from proofbook import ClaimHandle
    from proofbook.alerts import Sheet
    from proofbook.instruments.samples import Samples
    from proofbook.stack import Twin

pytestmark = pytest.mark.xdist_group("kernel-metrics")

#: What a file of alerts says is part of these checks.
READS = ("runbooks/kernel/alerts.toml",)
OPERATIONS = "kernel_sign_operations_total"
APPENDS = "kernel_audit_append_duration_seconds"
REQUESTS = "kernel_http_requests_total"
DEPENDENCY = "kernel_dependency_up"
#: A series in an expression, with its labels: a name of several words that is no function's.
SELECTOR = re.compile(r"\b[a-z]+_\w+\b(?!\s*\()(?:\{[^}]*\})?")
#: The KMS's paths for the signature of a manifest, and of an event.
KMS_SIGN, KMS_SIGN_DATA = "/sign", "/signData"
#: So much longer than is promised is waited, to see how much later it came.
GRACE_SECONDS = 5
#: How often the KMS goes where the suite itself was late to see it.
TRIES = 3


@pytest.mark.claim("kernel.signs-counted")
def test_each_signature_is_counted(claim: ClaimHandle, tapped: Tapped) -> None:
    """One more for each that was made, and for each that failed."""
    before = tapped.kernel.samples()

    replies = [tapped.kernel.sign() for _ in range(claim["signs"])]
    between = tapped.kernel.samples()
    tapped.tap.answer(500, {"error": "boom"}, path=KMS_SIGN)
    failed = [tapped.kernel.sign() for _ in range(claim["tries"])]
    after = tapped.kernel.samples()

    claim.require(all(reply.status == 200 for reply in replies), f"some did not sign: {replies}")
    claim.require(not any(reply.is_done for reply in failed), f"some signed anyway: {failed}")
    well = {"operation": "manifest", "result": "ok"}
    grown = between.value(OPERATIONS, **well) - before.value(OPERATIONS, **well)
    claim.expect(signs=grown)
    errors = after.total(OPERATIONS, result="error") - between.total(OPERATIONS, result="error")
    claim.expect(errors=errors)


@pytest.mark.claim("kernel.append-latency-measured")
def test_an_append_is_timed(claim: ClaimHandle, tapped: Tapped) -> None:
    """Each event once; and when the KMS takes longer, so do they."""
    counts, samples = [_chain_length(tapped)], [tapped.kernel.samples()]

    for slow in (False, True):
        if slow:
            tapped.tap.delay(claim["delay"].total_seconds(), path=KMS_SIGN_DATA)
        _append(tapped, 3 if slow else claim.bound("events").lower)
        samples.append(tapped.kernel.samples())
        tapped.tap.forward()
        counts.append(_chain_length(tapped))

    claim.expect(events=counts[1] - counts[0])
    for (one, other), (before, after) in zip(pairwise(counts), pairwise(samples), strict=True):
        timed = after.value(f"{APPENDS}_count") - before.value(f"{APPENDS}_count")
        assert timed == other - one, f"{other - one} events were stored, {timed:g} were timed"
    spent = samples[2].value(f"{APPENDS}_sum") - samples[1].value(f"{APPENDS}_sum")
    mean = spent / (counts[2] - counts[1])
    least = claim["delay"].total_seconds()
    assert mean >= least, f"they took {mean:.3f} s on the mean, each held back for {least:g} s"


@pytest.mark.claim("kernel.metrics-readable")
def test_metrics_can_be_read(claim: ClaimHandle, kernel: Kernel) -> None:
    """In the format that they say, and what belongs together stands together."""
    kernel.sign()
    reply = kernel.send("GET", METRICS)

    claim.expect(status=reply.status)
    content = {name.lower(): value for name, value in reply.headers.items()}["content-type"]
    told = dict(part.strip().partition("=")[::2] for part in content.split(";"))
    claim.expect(version=told.get("version"))
    assert "text/plain" in told
    assert unreadable(reply.text) == ()
    assert scattered(reply.text) == ()


@pytest.mark.claim("kernel.paths-are-templates")
def test_no_id_becomes_a_label(claim: ClaimHandle, kernel: Kernel) -> None:
    """Whoever asks for what is not there makes no new series."""
    before = kernel.samples()
    ids = [str(uuid4()) for _ in range(claim["ids"])]
    strays = [f"/stray-{uuid4()}" for _ in range(claim["unknown"])]

    lost = [kernel.ask("GET", DIVISION, "Operator", id=each).status for each in ids]
    unknown = [kernel.attempt("GET", path).status for path in strays]
    text = kernel.metrics()

    claim.require({*lost, *unknown} == {404}, f"they were answered with {lost} and {unknown}")
    assert [each for each in (*ids, *strays) if each in text] == []
    after = read(text)
    grown = {
        sample.labels["route"]: sample.value - _at(before, sample.labels)
        for sample in after.of(REQUESTS, method="GET", status_code="404")
    }
    assert {route: count for route, count in grown.items() if count} == {
        kernel.access.path(DIVISION): claim["ids"],
        "other": claim["unknown"],
    }


@pytest.mark.claim("kernel.alert-series-live")
def test_what_alerts_read_is_exported(
    claim: ClaimHandle, tapped: Tapped, standing: Deployment, alerts: Callable[[Twin], Sheet]
) -> None:
    """Every series is there while all is well, and the KMS's follows the KMS."""
    tapped.kernel.sign()
    verified = tapped.kernel.verify()
    table = alerts(standing.twin).table
    named = {each for alert in table.alerts for each in SELECTOR.findall(alert.expr)}
    well = tapped.kernel.samples()

    most = [claim.bound(name).upper.total_seconds() for name in ("notice", "recover")]
    for _ in range(TRIES):
        with Lateness() as lateness:
            tapped.tap.reset()
            down, notice = _turned(tapped, claim["down"], most[0])
            tapped.tap.forward()
            up, recover = _turned(tapped, claim["up"], most[1])
        are_ours = any(map(lateness.may_explain, (notice, recover), most))
        if not are_ours:
            break

    claim.require(not are_ours, f"{lateness}")
    claim.require(named, "the alerts read no series")
    claim.require(verified.status == 200, f"the chain does not verify: {verified!r}")
    claim.require(_kms(well) == 1, "the KMS is not up to begin with")
    assert [each for each in sorted(named) if not _is_there(well, each)] == []
    claim.expect(down=down, notice=notice, up=up, recover=recover)


def _append(tapped: Tapped, least: int) -> None:
    """Write as many events, or more."""
    end = _chain_length(tapped) + least
    while _chain_length(tapped) < end:
        tapped.kernel.allocate()


def _chain_length(tapped: Tapped) -> int:
    return int(tapped.kernel.head().body["count"])


def _at(samples: Samples, labels: Any) -> float:
    return sum(sample.value for sample in samples.of(REQUESTS, **labels))


def _kms(samples: Samples) -> float:
    return samples.value(DEPENDENCY, dependency="kms")


def _turned(tapped: Tapped, wanted: float, patience: float) -> tuple[float, float]:
    """What the KMS's series is once it is what is wanted, or time is up; and how long that took."""
    began = time.monotonic()
    seconds = patience + GRACE_SECONDS
    seen = until(lambda: _kms(tapped.kernel.samples()), lambda is_up: is_up == wanted, seconds)
    return seen, time.monotonic() - began


def _is_there(samples: Samples, selector: str) -> bool:
    """Whether a scrape has a series, written with its labels or without."""
    one = read(f"{selector} 0").all[0]
    return bool(samples.of(one.name, **one.labels))
