"""
What a log says, as values: runs that testify, acts of people and of the tool, and damage.

A `Log` is a set: `a | b` is everything that either holds, whatever came first and however often.
Shards of one run are parts; `Log.testimonies` joins them. Nothing here reads a file or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from proofbook.log.joining import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proofbook.evidence import Run
    from proofbook.log.head import Head, Trail
    from proofbook.log.joining import Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one chain of a run holds: a whole run, or a shard of one."""

    #: Its plan and its records. A planned claim without a record is `no_verdict` in it, and
    #: `finished` is `None` where the chain has no end.
    run: Run
    #: Fingerprint of the key that signed it: `SHA256:…`, as ssh-keygen writes it.
    signer: str
    trail: Trail
    #: Which shard it is, from 1, and of how many.
    shard: int = 1
    of: int = 1
    #: Claim → its shard, where there are several.
    shards: Mapping[str, int] = field(default_factory=dict)
    #: Digests of the records and attachments that the chain names.
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """One run, its shards joined."""

    run: Run
    #: Fingerprints of all keys that signed a part of it: each must be trusted.
    signers: frozenset[str]
    heads: frozenset[Head]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person, or the tool for one, put on the log: a chain of one entry."""

    #: `answer`, `waiver`, `override`, `decision`, `retirement`, `rewording`, `drill` or `prune`.
    kind: str
    #: Aware.
    at: datetime
    body: Mapping[str, object]
    #: Fingerprints of the keys whose signatures verify; at least one.
    signers: tuple[str, ...]
    trail: Trail

    @property
    def head(self) -> Head:
        """Of its chain."""
        return self.trail.head


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """The first thing wrong with a chain or a record; any at all shuts every gate (exit 8)."""

    #: `log/20261121T123456Z-1a2b3c.jsonl:4`, from the store's folder.
    place: str
    #: What is wrong, and what was expected.
    what: str
    #: What to do.
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}. {self.remedy}"


@dataclass(frozen=True, kw_only=True)
class Log:
    """Everything that a store holds and that verified, and what did not."""

    parts: tuple[Part, ...] = ()
    acts: tuple[Act, ...] = ()
    #: What was wrong with single files; `damage` adds what is wrong between them.
    broken: tuple[Damage, ...] = ()

    def __or__(self, other: Log) -> Log:
        """Everything that either holds."""
        return Log(
            parts=_union(self.parts, other.parts),
            acts=_union(self.acts, other.acts),
            broken=tuple(sorted({*self.broken, *other.broken})),
        )

    @property
    def testimonies(self) -> tuple[Testimony, ...]:
        """The runs, the last opened last (by opening instant, then id)."""
        return tuple(
            Testimony(run=each.run, signers=each.signers, heads=each.heads)
            for each in self._joined.runs
        )

    @property
    def damage(self) -> tuple[Damage, ...]:
        """Everything that shuts the gates, sorted by place."""
        found = (Damage(*each) for each in self._joined.conflicts)
        return tuple(sorted({*self.broken, *found}))

    @cached_property
    def heads(self) -> frozenset[Head]:
        """Of every chain that verified."""
        return frozenset(trail.head for trail in self.trails)

    @property
    def trails(self) -> tuple[Trail, ...]:
        """Of every chain that verified."""
        return (*(part.trail for part in self.parts), *(act.trail for act in self.acts))

    def extends(self, pinned: Head) -> bool:
        """Whether a chain here goes on from that head, or ends with it."""
        return not self.lacks([pinned])

    def lacks(self, pinned: Iterable[Head]) -> tuple[Head, ...]:
        """Those heads that no chain here goes on from: the log was cut, or is another one."""
        known = {trail.chain: trail for trail in self.trails}
        return tuple(
            head
            for head in sorted(pinned)
            if head.chain not in known or not known[head.chain].extends(head)
        )

    def ahead(self, now: datetime) -> tuple[Damage, ...]:
        """What says that it was made after the aware instant `now`."""
        made = [(act.trail, act.at) for act in self.acts]
        for part in self.parts:
            instants = (part.run.started, part.run.finished or part.run.started)
            made.append((part.trail, max(map(datetime.fromisoformat, instants))))
        return tuple(
            Damage(
                f"log/{trail.chain}.jsonl",
                f"it was made at {at.isoformat()}, and here it is {now.isoformat()}",
                "Set the clock that is wrong; evidence from the future proves nothing.",
            )
            for trail, at in sorted(made, key=lambda pair: pair[0].head)
            if at > now
        )

    @cached_property
    def _joined(self) -> Joined:
        return joined(self.parts)


_T = TypeVar("_T", bound="Part | Act")


def _union(some: Iterable[_T], others: Iterable[_T]) -> tuple[_T, ...]:
    """One of each chain and length, sorted; of a chain and a longer one that goes on from it, the longer."""
    by_chain: dict[str, dict[Head, _T]] = {}
    for each in (*some, *others):
        by_chain.setdefault(each.trail.chain, {})[each.trail.head] = each
    kept = [each for found in by_chain.values() for each in found.values() if _is_last(each, found)]
    kept.sort(key=lambda each: each.trail.head)
    return tuple(kept)


def _is_last(each: Part | Act, found: Mapping[Head, _T]) -> bool:
    """Whether nothing of the same chain goes on from it."""
    return not any(
        head.count > each.trail.head.count and other.trail.extends(each.trail.head)
        for head, other in found.items()
    )
