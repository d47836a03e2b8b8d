"""Numbers as Prometheus reads them: text format 0.0.4, one TYPE line a family, before its samples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from systems.marketplace.latency import Histogram
    from systems.marketplace.metrics import Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNNAMEABLE = re.compile(r"[^a-zA-Z0-9_:]")
#: Ending of the family's name, labels, value.
Sample = tuple[str, "Mapping[str, str]", float]


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name."""

    name: str
    kind: str
    samples: Sequence[Sample]

    def lines(self) -> Iterator[str]:
        """Its TYPE, then its samples."""
        yield f"# TYPE {self.name} {self.kind}"
        for ending, labels, value in self.samples:
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"{self.name}{ending}{f'{{{told}}}' if told else ''} {value}"


def text(families: Iterable[Family]) -> str:
    """The page."""
    return "".join(f"{line}\n" for family in families for line in family.lines())


def name(dotted: str) -> str:
    """A name that Prometheus takes: `event.cache.hit` is `event_cache_hit`."""
    return UNNAMEABLE.sub("_", dotted)


def single(told: str, kind: str, value: float) -> Family:
    """One number without labels."""
    return Family(name(told), kind, [("", {}, value)])


def families(metrics: Metrics) -> Iterator[Family]:
    """What a process has counted and timed."""
    for told, count in metrics.counters.items():
        yield single(told, "counter", count)
    for told, histogram in metrics.latencies.items():
        yield Family(name(f"latency.{told}"), "histogram", list(_histogram(histogram)))
    yield Family(
        "http_requests_total",
        "counter",
        [
            ("", {"method": method, "route": route, "status": str(status)}, count)
            for (method, route, status), count in metrics.requests.items()
        ],
    )


def _histogram(histogram: Histogram) -> Iterator[Sample]:
    for bound, reached in histogram.buckets():
        yield "_bucket", {"le": str(bound)}, reached
    yield "_sum", {}, histogram.sum
    yield "_count", {}, histogram.count


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
