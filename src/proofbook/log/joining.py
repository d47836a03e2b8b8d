"""
Shards of one run become one run again.

Each shard's chain holds the plan of the whole run and the records of its own claims. So a shard
that is not there is missed: its claims are planned, and have no verdict. The order in which shards
came does not matter, nor how often.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from proofbook.evidence import Record, Run
    from proofbook.log.head import Head
    from proofbook.log.model import Part

#: Why a pass of a shard that has no end is none.
NEVER_ENDED = "the run never ended"
#: What shards of one run cannot differ in.
_COMMON = ("suite", "target", "kind", "target_digest", "release", "fault", "schema")
_COPY = "Find out which is the true one, and take the other's file away."


class Conflict(NamedTuple):
    """Chains that cannot all be true: place, what, remedy."""

    place: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class One:
    """A run of all its shards."""

    run: Run
    signers: frozenset[str]
    heads: frozenset[Head]


@dataclass(frozen=True, slots=True)
class Joined:
    """The runs, the last opened last; and what contradicts itself, which is left out of them."""

    runs: tuple[One, ...]
    conflicts: tuple[Conflict, ...]


def joined(parts: Iterable[Part]) -> Joined:
    """Every run of the parts."""
    by_run: dict[str, list[Part]] = {}
    for part in parts:
        by_run.setdefault(part.run.id, []).append(part)
    runs, conflicts = [], []
    for shards in by_run.values():
        shards.sort(key=lambda part: (part.shard, part.trail.head))
        conflict = _conflict(shards)
        if conflict is not None:
            conflicts.append(conflict)
        else:
            runs.append(_one(shards))
    runs.sort(key=lambda one: (datetime.fromisoformat(one.run.started), one.run.id))
    return Joined(tuple(runs), tuple(conflicts))


def _conflict(shards: Sequence[Part]) -> Conflict | None:
    """Two chains for one place in a run, or shards of different runs under one name."""
    first = shards[0]
    for before, part in pairwise(shards):
        place = f"log/{part.trail.chain}.jsonl"
        if part.shard == before.shard:
            what = f"it and {before.trail.chain} both say that they are shard {part.shard} of {part.of} of the run {part.run.id}"
            return Conflict(place, what, _COPY)
        if part.of != first.of or part.shards != first.shards:
            what = f"it cuts the run {part.run.id} otherwise than {first.trail.chain} does"
            return Conflict(place, what, _COPY)
        for name in _COMMON:
            mine, other = getattr(part.run, name), getattr(first.run, name)
            if mine != other:
                what = (
                    f"its {name} is {mine!r}, and {other!r} in {first.trail.chain}, of the same run"
                )
                return Conflict(place, what, _COPY)
    return None


def _one(shards: Sequence[Part]) -> One:
    present = {part.shard: part for part in shards}
    first = shards[0]
    run = first.run if first.of == 1 else _whole(present, first)
    return One(
        run,
        frozenset(part.signer for part in shards),
        frozenset(part.trail.head for part in shards),
    )


def _whole(present: Mapping[int, Part], first: Part) -> Run:
    """The run that several shards make, with what is missing of it."""
    records = {
        number: {record.claim: record for record in part.run.records}
        for number, part in present.items()
    }
    parts = [part.run for part in present.values()]
    ends = [run.finished for run in parts if run.finished]
    return replace(
        first.run,
        started=min((run.started for run in parts), key=datetime.fromisoformat),
        finished=max(ends, key=datetime.fromisoformat) if ends else None,
        aborted=next((run.aborted for run in parts if run.aborted), None),
        records=tuple(
            _record(planned, first.shards.get(planned.claim, 1), first.of, present, records)
            for planned in first.run.records
        ),
    )


def _record(
    planned: Record,
    shard: int,
    of: int,
    present: Mapping[int, Part],
    records: Mapping[int, Mapping[str, Record]],
) -> Record:
    """What the claim's own shard says of it; a pass only where that shard ended."""
    if shard not in present:
        return replace(planned, cases=(), note=f"shard {shard}/{of} of the run is missing")
    record = records[shard].get(planned.claim, planned)
    if record.verdict is Verdict.PASS and present[shard].run.finished is None:
        return replace(record, cases=(), note=NEVER_ENDED)
    return record
