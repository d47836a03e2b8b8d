"""Points in time that a recovery is told to reach: what has to be there then, and what must not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.fingerprints import contents
from proofbook.instruments.restore.sibling import switch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from proofbook.instruments.restore.cluster import Cluster
    from proofbook.instruments.restore.manifests import Manifest

#: The database of the canaries, beside the system's own.
CANARIES = "proofbook_canaries"
#: The name of the named point.
NAMED = "proofbook-drill"
_SING = "INSERT INTO canaries SELECT coalesce(max(number), 0) + 1, clock_timestamp() FROM canaries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A target of recovery, and the canaries that sing at it."""

    #: `name` or `time`.
    kind: str
    #: PostgreSQL's setting, one of `recovery_target_…`.
    target: Mapping[str, str]
    #: The numbers of the canaries that were written before it; all others were written after.
    canaries: tuple[int, ...]
    #: Whether it is the one that the drill goes on with.
    is_last: bool = False


@dataclass(slots=True)
class Points:
    """The points of one log: canaries are written as it grows, a segment each."""

    source: Cluster
    #: The DSN of the system's own database.
    url: str
    points: list[Point] = field(default_factory=list)
    #: What the database held at the last point; `None`: it did not hold still.
    manifest: Manifest | None = None
    _count: int = 0

    def lay(self) -> None:
        """
        Two canaries, a named point, a third, a point in time, a fourth; each ends a segment.

        In a database of their own: the system's is left as it is.
        """
        self.source.run_in("postgres", f"CREATE DATABASE {CANARIES}")
        self.source.run_in(
            CANARIES, "CREATE TABLE canaries (number int PRIMARY KEY, at timestamptz NOT NULL)"
        )
        self._sing()
        self._sing()
        self.source.run_in(CANARIES, f"SELECT pg_create_restore_point('{NAMED}')")
        self._point("name", {"recovery_target_name": NAMED})
        self._sing()
        quiet, before = self._last(), contents(self.url)
        at: datetime = self.source.run_in(CANARIES, "SELECT clock_timestamp()")[0][0]
        # Nobody wrote in between, and it need not be looked at again; else what is the same will do.
        after = before if self._last() == quiet else contents(self.url)
        self._point("time", {"recovery_target_time": at.isoformat(sep=" ")}, is_last=True)
        self.manifest = before if before.tables == after.tables else None
        self._sing()

    def _last(self) -> str:
        """The number that the next transaction that writes will get, in the whole cluster."""
        ((number,),) = self.source.rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return str(number)

    def _point(self, kind: str, target: Mapping[str, str], *, is_last: bool = False) -> None:
        canaries = tuple(range(1, self._count + 1))
        self.points.append(Point(kind=kind, target=target, canaries=canaries, is_last=is_last))

    def _sing(self) -> None:
        self._count += 1
        self.source.run_in(CANARIES, _SING)
        switch(self.source)


def heard(cluster: Cluster, point: Point) -> str:
    """Whether exactly the canaries of a point are there. Raises `Broken`."""
    found = tuple(number for (number,) in _numbers(cluster))
    if found != point.canaries:
        missing = sorted(set(point.canaries) - set(found))
        beyond = sorted(set(found) - set(point.canaries))
        raise Broken(
            "replay", f"canaries {missing} of before are missing, {beyond} of after are there"
        )
    return f"{len(found)} canaries of before are there, none of after"


def _numbers(cluster: Cluster) -> Sequence[tuple[Any, ...]]:
    return cluster.run_in(CANARIES, "SELECT number FROM canaries ORDER BY 1")
