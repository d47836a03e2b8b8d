"""How the Kernel's numbers say what is not so."""

from __future__ import annotations

from typing import Any

from systems.chassis.seams import Fault, around, ids

kernel = ids("kernel")


def _all_alike(init: Any) -> Any:
    """Every append took as long as every other, whatever the KMS took."""

    def begun(metrics: Any) -> None:
        from systems.kernel.metrics import Histogram

        class Alike(Histogram):
            def observe(self, seconds: float) -> None:  # noqa: ARG002 - as it is called
                super().observe(0.001)

        init(metrics)
        metrics.appends = Alike()

    return begun


def _always_up(init: Any) -> Any:
    """What was up once is up for ever."""

    class Up(dict[str, bool]):
        def update(self, *states: Any) -> None:  # type: ignore[override] # it is called in one way
            super().update(dict.fromkeys(dict(*states), True))

    def begun(metrics: Any) -> None:
        init(metrics)
        metrics.dependencies = Up()

    return begun


def _scattered(text: Any) -> Any:
    """Samples of one metric stand in two places."""

    def told(metrics: Any) -> bytes:
        lines = text(metrics).splitlines(keepends=True)
        first = next(line for line in lines if line.startswith(b"kernel_http_requests_total{"))
        return b"".join([*(line for line in lines if line != first), first])

    return told


def _with_exemplars(text: Any) -> Any:
    """Samples tell an exemplar, which is another format's."""

    def told(metrics: Any) -> bytes:
        lines = text(metrics).split(b"\n")
        first = next(line for line in lines if line.startswith(b"kernel_http_requests_total{"))
        return b"\n".join(
            [line + b' # {trace_id="1"} 1' if line == first else line for line in lines]
        )

    return told


def _mean_at_last(quantile: Any) -> Any:
    """Beyond the last bucket the mean is told."""

    def told(histogram: Any, q: float) -> Any:
        found = quantile(histogram, q)
        return histogram.sum / histogram.count if found == histogram.longest else found

    return told


FAULTS = (
    Fault(
        name="appends-all-alike",
        process="api",
        breaks=kernel("append-latency-measured"),
        plant=around("systems.kernel.metrics:Metrics.__init__", _all_alike),
        reason="on the mean",
    ),
    Fault(
        name="dependencies-always-up",
        process="api",
        breaks=kernel("alert-series-live"),
        plant=around("systems.kernel.metrics:Metrics.__init__", _always_up),
        reason="down is 1",
    ),
    Fault(
        name="samples-scattered",
        process="api",
        breaks=kernel("metrics-readable"),
        plant=around("systems.kernel.metrics:Metrics.text", _scattered),
    ),
    Fault(
        name="samples-with-exemplars",
        process="api",
        breaks=kernel("metrics-readable"),
        plant=around("systems.kernel.metrics:Metrics.text", _with_exemplars),
        reason="is no sample",
    ),
    Fault(
        name="mean-beyond-buckets",
        process="api",
        breaks=kernel("slowest-beyond-buckets-told"),
        plant=around("systems.kernel.metrics:Histogram.quantile", _mean_at_last),
        reason="were waited for",
    ),
)
