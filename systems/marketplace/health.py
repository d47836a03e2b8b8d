"""How a deployment is, judged from what was found; nothing here asks anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "migration.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the parts said."""

    is_closed: bool
    db: bool
    #: Migration → whether it is finished; None where the database or the table is not there.
    applied: Mapping[str, bool] | None
    #: The migrations that came with this release.
    shipped: frozenset[str]
    redis: bool
    #: None where there is no chain.
    chain: bool | None

    @property
    def finished(self) -> int | None:
        """How many migrations are."""
        return None if self.applied is None else sum(self.applied.values())

    @property
    def pending(self) -> int | None:
        """How many of the shipped ones are not."""
        if not self.db:
            return None
        applied = self.applied or {}
        return sum(not applied.get(name) for name in self.shipped)

    @property
    def has_failed(self) -> bool:
        """Whether a migration was begun and never finished."""
        return not all((self.applied or {}).values())


@dataclass(frozen=True, slots=True)
class Judged:
    """A word for it, and the first thing that is missing."""

    status: str
    error: str = ""

    @property
    def is_well(self) -> bool:
        """Whether requests may be sent here."""
        return self.status in ("ok", "degraded")


def judge(found: Found, *, is_production: bool) -> Judged:
    """The first state that holds."""
    if found.is_closed:
        return Judged("maintenance")
    if not found.db:
        return Judged("unavailable", "database")
    if found.pending or found.has_failed:
        return Judged("unavailable", "migrations")
    if is_production and not found.redis:
        return Judged("unavailable", "redis")
    return Judged("ok" if found.redis and found.chain is not False else "degraded")


def shipped(folder: Path) -> frozenset[str]:
    """The names of the migrations in a folder."""
    return frozenset(file.parent.name for file in folder.glob(f"*/{FILE}"))
