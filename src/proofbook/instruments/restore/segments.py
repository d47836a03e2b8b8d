"""
Names of write-ahead log segments, and whether any is missing between them.

PostgreSQL ends a recovery without a target, and calls it a success, at the first segment that is
not there: only the names tell. A name is 24 hexadecimal digits: timeline, log, number in the log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Bytes of a segment, unless the cluster was made with `initdb --wal-segsize`.
SEGMENT_BYTES = 16 << 20
#: Bytes of a log, which is what the second eight digits count.
_LOG_BYTES = 1 << 32
_NAME = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})")
#: What an archive may add to a name: a compressed or a partial segment.
_ENDING = re.compile(r"\.(?:gz|zst|lz4|bz2|xz)$")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A segment: its timeline, and which one it is from the beginning, counted in segments."""

    timeline: int
    number: int

    def name(self, segment_bytes: int = SEGMENT_BYTES) -> str:
        """The name of its file."""
        log, rest = divmod(self.number, _LOG_BYTES // segment_bytes)
        return f"{self.timeline:08X}{log:08X}{rest:08X}"

    def starts_at(self, segment_bytes: int = SEGMENT_BYTES) -> str:
        """The position of its first byte, as PostgreSQL writes it: `1/2F000000`."""
        high, low = divmod(self.number * segment_bytes, _LOG_BYTES)
        return f"{high:X}/{low:X}"


def segment(name: str, segment_bytes: int = SEGMENT_BYTES) -> Segment | None:
    """The segment that a file holds; `None` for a history, a label or anything else."""
    found = _NAME.fullmatch(_ENDING.sub("", name))
    if found is None:
        return None
    timeline, log, rest = (int(part, 16) for part in found.groups())
    per_log = _LOG_BYTES // segment_bytes
    return Segment(timeline, log * per_log + rest) if rest < per_log else None


def segments(names: Iterable[str], segment_bytes: int = SEGMENT_BYTES) -> tuple[Segment, ...]:
    """The segments among files, in order, each once."""
    found = (segment(name, segment_bytes) for name in names)
    return tuple(sorted({each for each in found if each}))


def missing(names: Iterable[str], segment_bytes: int = SEGMENT_BYTES) -> tuple[str, ...]:
    """
    The names of the segments that lie between two that are there, timeline by timeline.

    Whole runs are named by their first and last: an archive that lost a year is told in one line.
    """
    there = segments(names, segment_bytes)
    gaps = [
        (before, after)
        for before, after in pairwise(there)
        if before.timeline == after.timeline and after.number > before.number + 1
    ]
    return tuple(_gap(before, after, segment_bytes) for before, after in gaps)


def lacking(
    names: Iterable[str], first: str, segment_bytes: int = SEGMENT_BYTES
) -> tuple[str, ...]:
    """What is missing of an archive that must go on without a gap from the segment `first`."""
    begin = segment(first, segment_bytes)
    if begin is None:
        raise ValueError(f"{first!r} is no name of a segment")
    there = segments(names, segment_bytes)
    after = [each for each in there if each.timeline >= begin.timeline and each >= begin]
    if begin not in there:
        return (first, *missing((each.name(segment_bytes) for each in after), segment_bytes))
    return missing((each.name(segment_bytes) for each in after), segment_bytes)


def _gap(before: Segment, after: Segment, segment_bytes: int) -> str:
    first = Segment(before.timeline, before.number + 1).name(segment_bytes)
    last = Segment(before.timeline, after.number - 1).name(segment_bytes)
    return first if first == last else f"{first} … {last}"
