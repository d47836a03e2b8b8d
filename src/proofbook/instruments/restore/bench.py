"""The bench of a check: clusters of its own, databases restored into them, gone at the end."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from proofbook.instruments.restore import dumps, fingerprints
from proofbook.instruments.restore.cluster import Cluster

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.manifests import Manifest
    from proofbook.stack import Stack


@dataclass(frozen=True, slots=True)
class Copy:
    """A restored database."""

    #: Its DSN: `twin.start("api", instance="restored", instead={"store": copy.url})`.
    url: str

    def contents(self) -> Manifest:
        """What it holds, to be compared with its backup's manifest by `differences`."""
        return fingerprints.contents(self.url)

    def check_order(self) -> str:
        """Constraints, indexes and sequences. Raises `Broken`."""
        return fingerprints.check_order(self.url)


@dataclass(slots=True)
class Bench:
    """
    A context manager: `with Bench(stack) as bench: copy = bench.restore(dump)`.

    The first restore starts a cluster (0.3 s), which later ones share, each in a database of its own.
    """

    stack: Stack
    _run: str = field(default_factory=lambda: f"bench-{secrets.token_hex(6)}")
    _cluster: Cluster | None = None
    _count: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._cluster is not None:
            self._cluster.destroy()
            self._cluster = None

    def restore(self, dump: Path) -> Copy:
        """
        Restore a dump in pg_dump's custom format into an empty database.

        Raises `Broken`, an `AssertionError`, for one that cannot be read or restored to its end.
        """
        if self._cluster is None:
            self._cluster = Cluster.fresh(self.stack, "restored", run=self._run)
        self._count += 1
        dumps.check_decodes(dump)
        database = self._cluster.empty(f"restored_{self._count}")
        try:
            dumps.restore(dump, database.url)
        finally:
            with suppress(Exception):
                self._cluster.settle()
        return Copy(database.url)
