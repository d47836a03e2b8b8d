"""
What the Kernel counts and times, and how Prometheus reads it.

One value belongs to one process: it is made at start and given to whoever counts.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
QUANTILES = (0.5, 0.9, 0.95, 0.99)
SIGN_OPERATIONS = ("manifest", "data")
#: Name without its ending → what it counts.
COUNTERS = {
    "kernel_server_start": "Starts of this process",
    "kernel_readiness_success": "Readiness probes that were answered with ready",
    "kernel_readiness_failure": "Readiness probes that were answered with not ready",
    "kernel_kms_probe_success": "Probes of the KMS that signed",
    "kernel_kms_probe_failure": "Probes of the KMS that did not",
    "kernel_audit_append_failures": "Audit events that could not be stored",
}
#: Method, route, status.
Labels = tuple[str, str, str]


@dataclass(slots=True)
class Histogram:
    """Durations in seconds: how many up to each bound, their sum, and the longest."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    sum: float = 0.0
    longest: float = 0.0

    def observe(self, seconds: float) -> None:
        """One more duration."""
        self.counts[next((n for n, le in enumerate(BUCKETS) if seconds <= le), len(BUCKETS))] += 1
        self.sum += seconds
        self.longest = max(self.longest, seconds)

    @property
    def count(self) -> int:
        """How many durations there were."""
        return sum(self.counts)

    def quantile(self, q: float) -> float:
        """The bound below which so large a part lies; the longest, where no bound is beyond it."""
        reached = 0
        for bound, count in zip((*BUCKETS, self.longest), self.counts, strict=True):
            reached += count
            if reached >= self.count * q:
                return bound
        return self.longest

    def buckets(self) -> Iterator[tuple[str, int]]:
        """Each bound as a label, and how many durations lie up to it."""
        reached = 0
        for bound, count in zip((*BUCKETS, math.inf), self.counts, strict=True):
            reached += count
            yield ("+Inf" if math.isinf(bound) else f"{bound:g}"), reached


class Metrics(Collector):
    """All numbers of one process."""

    def __init__(self) -> None:
        self.counters = dict.fromkeys(COUNTERS, 0)
        self.requests: defaultdict[Labels, Histogram] = defaultdict(Histogram)
        self.sign_operations = {
            (name, result): 0 for name in SIGN_OPERATIONS for result in ("ok", "error")
        }
        self.appends = Histogram()
        self.dependencies: dict[str, bool] = {}
        self.is_chain_valid: bool | None = None

    def count(self, name: str) -> None:
        """One more of what `COUNTERS` lists."""
        self.counters[name] += 1

    def signed(self, operation: str, *, is_ok: bool) -> None:
        """One more call to the signer."""
        self.sign_operations[operation, "ok" if is_ok else "error"] += 1

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterable[Metric]:
        """Everything, metric by metric."""
        for name, told in COUNTERS.items():
            yield _metric(name, told, "counter", [("_total", {}, self.counters[name])])
        yield from self._requests()
        rows = [
            ("_total", {"operation": operation, "result": result}, count)
            for (operation, result), count in self.sign_operations.items()
        ]
        yield _metric("kernel_sign_operations", "Calls to the signer", "counter", rows)
        told = "From the wait for the chain's end to the commit"
        yield _metric(
            "kernel_audit_append_duration_seconds", told, "histogram", _histogram({}, self.appends)
        )
        up = [("", {"dependency": name}, int(is_up)) for name, is_up in self.dependencies.items()]
        yield _metric("kernel_dependency_up", "Whether its last probe succeeded", "gauge", up)
        if self.is_chain_valid is not None:
            valid: list[Sample] = [("", {}, int(self.is_chain_valid))]
            yield _metric(
                "kernel_audit_chain_valid", "What the last verification found", "gauge", valid
            )

    def _requests(self) -> Iterable[Metric]:
        totals, errors, durations, quantiles = [], [], [], []
        for (method, route, status), histogram in self.requests.items():
            labels = {"method": method, "route": route, "status_code": status}
            totals.append(("_total", labels, histogram.count))
            errors.append(("_total", labels, histogram.count if status >= "500" else 0))
            durations += _histogram(labels, histogram)
            quantiles += _quantiles(labels, histogram)
        yield _metric("kernel_http_requests", "Requests answered", "counter", totals)
        yield _metric(
            "kernel_http_request_errors", "Requests answered with 500 or more", "counter", errors
        )
        yield _metric(
            "kernel_http_request_duration_seconds", "How long answers took", "histogram", durations
        )
        name = "kernel_http_request_duration_quantiles_seconds"
        yield _metric(name, "How long answers took, by share", "summary", quantiles)


#: Ending of the metric's name, labels, value.
Sample = tuple[str, "Mapping[str, str]", float]


def _metric(name: str, told: str, kind: str, samples: Iterable[Sample]) -> Metric:
    metric = Metric(name, told, kind)
    for ending, labels, value in samples:
        metric.add_sample(name + ending, dict(labels), value)
    return metric


def _histogram(labels: Mapping[str, str], histogram: Histogram) -> list[Sample]:
    buckets: list[Sample] = [
        ("_bucket", {**labels, "le": le}, reached) for le, reached in histogram.buckets()
    ]
    return [*buckets, ("_count", labels, histogram.count), ("_sum", labels, histogram.sum)]


def _quantiles(labels: Mapping[str, str], histogram: Histogram) -> list[Sample]:
    shares: list[Sample] = [
        ("", {**labels, "quantile": f"{q:g}"}, histogram.quantile(q)) for q in QUANTILES
    ]
    return [*shares, ("_count", labels, histogram.count), ("_sum", labels, histogram.sum)]
