"""Prometheus' text as values, however its writer lays it out: blanks, empty labels, a comma after the last, instants."""

from __future__ import annotations

import re

_SAMPLE = re.compile(
    r"(?P<name>[\w:]+)\s*(\{\s*(?P<labels>.*?)[\s,]*\})?\s+(?P<number>[\w.+-]+)(\s+-?\d+)?"
)


def samples(text: str) -> dict[str, float]:
    """Each series, by its name with its labels as they are written; what is no sample is left out."""
    found = [sample for line in text.splitlines() if (sample := _SAMPLE.fullmatch(line.strip()))]
    return {_series(sample): float(sample["number"]) for sample in found}


def _series(sample: re.Match[str]) -> str:
    labels = sample["labels"]
    return f"{sample['name']}{{{labels}}}" if labels else sample["name"]
