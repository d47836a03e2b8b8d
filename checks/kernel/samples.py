"""
What a Kernel exports for Prometheus, as values (text format 0.0.4).

    samples = scraped(kernel)
    samples.value("kernel_sign_operations_total", operation="manifest", result="ok")
    samples.total("kernel_sign_operations_total", result="error")
    histogram(samples, "kernel_http_request_duration_seconds", route="/kernel/sign")

But for `scraped`, text goes in and numbers come out: nobody is asked.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from checks.kernel.adapter import Kernel

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*")
_TYPE = re.compile(r"^# TYPE (\S+) (\S+)\s*$", re.MULTILINE)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: a name, its labels, a number."""

    name: str
    labels: Mapping[str, str]
    value: float

    def is_of(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether it has this name, and these labels among its own."""
        return self.name == name and labels.items() <= self.labels.items()


@dataclass(frozen=True, slots=True)
class Samples:
    """All lines of one scrape."""

    all: tuple[Sample, ...]

    def of(self, name: str, **labels: str) -> tuple[Sample, ...]:
        """The samples of that name with these labels, whatever others they have."""
        return tuple(sample for sample in self.all if sample.is_of(name, labels))

    def value(self, name: str, **labels: str) -> float:
        """The one such sample's number. An `AssertionError` says that there is none, or more than one."""
        found = self.of(name, **labels)
        shown = f"{name}{dict(labels)}" if labels else name
        assert len(found) == 1, f"the metrics hold {len(found)} samples {shown}, not one"
        return found[0].value

    def total(self, name: str, **labels: str) -> float:
        """The sum of all such samples. An `AssertionError` says that there is none."""
        found = self.of(name, **labels)
        assert found, f"the metrics hold no sample {name}{dict(labels) if labels else ''}"
        return sum(sample.value for sample in found)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations in seconds: upper bounds in order, the last infinite, and how many lie up to each."""

    bounds: tuple[float, ...]
    reached: tuple[float, ...]

    @property
    def count(self) -> float:
        """How many durations there are."""
        return self.reached[-1] if self.reached else 0

    def quantile(self, q: float) -> float:
        """The bound of the bucket in which the count reaches that share; `nan` where there is nothing."""
        if not self.count:
            return math.nan
        pairs = zip(self.bounds, self.reached, strict=True)
        return next(bound for bound, reached in pairs if reached >= self.count * q)

    def since(self, before: Histogram) -> Histogram:
        """What came after an earlier one of the same series."""
        known = dict(zip(before.bounds, before.reached, strict=True))
        pairs = zip(self.bounds, self.reached, strict=True)
        return Histogram(self.bounds, tuple(now - known.get(bound, 0) for bound, now in pairs))


def read(text: str) -> Samples:
    """The samples of a scrape; a `ValueError` names a line that is none, and no comment either."""
    lines = (line.strip() for line in text.splitlines())
    return Samples(tuple(_sample(line) for line in lines if line and not line.startswith("#")))


def scraped(kernel: Kernel) -> Samples:
    """A Kernel's metrics now."""
    return read(kernel.metrics())


def scattered(text: str) -> tuple[str, ...]:
    """Metrics whose samples do not all stand together, or not after their own `# TYPE`."""
    types = dict(_TYPE.findall(text))
    groups = [name for name, _ in groupby(_metric(sample.name, types) for sample in read(text).all)]
    return tuple(name for name, count in Counter(groups).items() if count > 1 or name not in types)


def _metric(name: str, types: Mapping[str, str]) -> str:
    """The metric that a sample belongs to: that of its name, or of a histogram's or summary's parts."""
    if name in types:
        return name
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return base if types.get(base) in ("histogram", "summary") else name


def histogram(samples: Samples, name: str, **labels: str) -> Histogram:
    """The buckets of a histogram, those of all series with these labels added up."""
    buckets: defaultdict[float, float] = defaultdict(float)
    for sample in samples.of(f"{name}_bucket", **labels):
        buckets[float(sample.labels["le"])] += sample.value
    bounds = tuple(sorted(buckets))
    return Histogram(bounds, tuple(buckets[bound] for bound in bounds))


def nth(seconds: Collection[float], q: float) -> float:
    """The duration at which so large a share is reached, one of them."""
    return sorted(seconds)[max(0, math.ceil(len(seconds) * q) - 1)]


def bucket(bounds: Sequence[float], seconds: float) -> float:
    """The upper bound of the bucket that a duration falls into."""
    return next((bound for bound in bounds if seconds <= bound), math.inf)


def _sample(line: str) -> Sample:
    found = _SAMPLE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r} is no sample")
    name, labels, value = found.groups()
    return Sample(
        name, {key: _plain(said) for key, said in _LABEL.findall(labels or "")}, float(value)
    )


def _plain(escaped: str) -> str:
    return re.sub(r"\\.", lambda found: _ESCAPES.get(found[0], found[0]), escaped)
