"""
What a program exports for Prometheus, as values (text format 0.0.4).

    samples = read(text)
    samples.value("sign_operations_total", operation="manifest", result="ok")
    samples.total("sign_operations_total", result="error")

Blanks, empty braces, a comma after the last label and instants are the writer's affair; what Prometheus itself would
not take is refused. Its client for Python has a parser, too: that one calls a counter otherwise than it is written
(`up` becomes `up_total`) and takes an exemplar for an instant, so that a check would judge what nobody served.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]*\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}[ \t]*|[ \t]+)'
    r"([a-zA-Z0-9.+-]+)(?:[ \t]+-?[0-9]+)?"
)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,[ \t]*|\Z)')
_TYPE = re.compile(r"#[ \t]*TYPE[ \t]+(\S+)[ \t]+(\S+)")
_ESCAPED = re.compile(r"\\.")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
#: What the samples of a histogram or a summary are called after its own name.
_PART = re.compile(r"_(bucket|sum|count)$")
_BLANKS = " \t"


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
        if len(found) != 1:
            raise AssertionError(f"the metrics hold {len(found)} samples {shown}, not one")
        return found[0].value

    def total(self, name: str, **labels: str) -> float:
        """The sum of all such samples. An `AssertionError` says that there is none."""
        found = self.of(name, **labels)
        if not found:
            shown = f"{name}{dict(labels)}" if labels else name
            raise AssertionError(f"the metrics hold no sample {shown}")
        return sum(sample.value for sample in found)

    def plain(self) -> dict[str, float]:
        """The numbers of those without labels, by name."""
        return {sample.name: sample.value for sample in self.all if not sample.labels}


def read(text: str) -> Samples:
    """The samples of a scrape. Raises `NoVerdict` where a line is neither one nor a comment."""
    if wrong := unreadable(text):
        raise NoVerdict(f"these are no metrics for Prometheus: {wrong[0]}")
    return Samples(tuple(filter(None, (_sample(line) for _, line in _told(text)))))


def unreadable(text: str) -> tuple[str, ...]:
    """The lines that are no samples and no comments either."""
    return tuple(
        f"line {number}, {line!r}, is no sample"
        for number, line in _told(text)
        if _sample(line) is None
    )


def scattered(text: str) -> tuple[str, ...]:
    """Metrics whose samples do not all stand together, or not after their own `# TYPE`."""
    types: dict[str, str] = {}
    seen: list[str] = []
    found: list[str] = []
    for _, line in _lines(text):
        if typed := _TYPE.fullmatch(line):
            types.setdefault(typed[1], typed[2])
        elif sample := _sample(line):
            name = _metric(sample.name, types)
            if name not in types or name in seen[:-1]:
                found.append(name)
            if seen[-1:] != [name]:
                seen.append(name)
    return tuple(dict.fromkeys(found))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line that is not empty, with its number: a line feed ends one, and nothing else does."""
    lines = (line.strip(_BLANKS) for line in text.split("\n"))
    return ((number, line) for number, line in enumerate(lines, 1) if line)


def _told(text: str) -> Iterator[tuple[int, str]]:
    """Those of them that are no comments."""
    return ((number, line) for number, line in _lines(text) if not line.startswith("#"))


def _sample(line: str) -> Sample | None:
    found = _SAMPLE.fullmatch(line)
    labels = _labels((found[2] or "").strip(_BLANKS)) if found else None
    if found is None or labels is None:
        return None
    try:
        return Sample(found[1], labels, float(found[3]))
    except ValueError:
        return None


def _labels(text: str) -> Mapping[str, str] | None:
    """The labels; `None` where something else stands between them, or one stands there twice."""
    labels: dict[str, str] = {}
    at = 0
    while at < len(text):
        label = _LABEL.match(text, at)
        if label is None or label[1] in labels:
            return None
        labels[label[1]] = _ESCAPED.sub(lambda each: _ESCAPES.get(each[0], each[0]), label[2])
        at = label.end()
    return labels


def _metric(name: str, types: Mapping[str, str]) -> str:
    """The metric that a sample belongs to: that of its name, or of a histogram's or summary's parts."""
    whole = _PART.sub("", name)
    is_part = name not in types and types.get(whole) in ("histogram", "summary")
    return whole if is_part else name
