"""What keeps a migration from being applied on staging and in production."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from systems.chassis import sql_text
from systems.marketplace.operation import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from systems.marketplace.ledger import Entry
    from systems.marketplace.migration_table import Migration
    from systems.marketplace.surroundings import Surroundings

DRY_RUN = "migration.dry_run"
#: What takes something away from whoever still needs it, or keeps the rows that are there from being written.
DESTRUCTIVE = re.compile(
    r"\bDROP\s+(TABLE|COLUMN|TYPE|SCHEMA|VIEW)\b|\bTRUNCATE\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b"
    r"|\bALTER\s+TABLE\b[^;]*\bDROP\s+(?!CONSTRAINT\b|DEFAULT\b|NOT\b|EXPRESSION\b|IDENTITY\b)"
    r"|\bALTER\s+TABLE\b[^;]*\bALTER\b[^;,]*\bTYPE\b",
    re.IGNORECASE,
)
#: A column that is added, up to the next one.
ADDED = re.compile(
    r"\bADD\s+(?:COLUMN\s+)?(?!CONSTRAINT\b)([^;]*?)(?=,\s*ADD\b|;|\Z)", re.IGNORECASE | re.DOTALL
)
FILLED = re.compile(r"\bDEFAULT\b|\bGENERATED\b|\b(SMALL|BIG)?SERIAL\b", re.IGNORECASE)
NOT_NULL = re.compile(r"\bNOT\s+NULL\b", re.IGNORECASE)


def check(pending: Sequence[Migration], where: Surroundings, entries: Sequence[Entry]) -> None:
    """Raise Refused if one must not be applied here; on dev each may be."""
    if where.is_dev:
        return
    for migration in pending:
        if is_destructive(migration.text) and not migration.has_plan:
            raise Refused(f"{migration.name}: it destroys or blocks something, and has no plan.md")
    if where.is_production:
        for migration in pending:
            if not is_rehearsed(migration, entries):
                raise Refused(f"{migration.name}: it had no dry run on staging")


def is_destructive(text: str) -> bool:
    """Whether a migration takes something away, or asks for what the rows that are there do not have."""
    bare = sql_text.bare(text)
    blocking = (
        NOT_NULL.search(column) and not FILLED.search(column)
        for statement in bare.split(";")
        if re.search(r"\bALTER\s+TABLE\b", statement, re.IGNORECASE)
        for column in ADDED.findall(statement)
    )
    return DESTRUCTIVE.search(bare) is not None or any(blocking)


def is_rehearsed(migration: Migration, entries: Iterable[Entry]) -> bool:
    """Whether this very migration had its dry run on staging."""
    return any(
        entry.details.get("checksums", {}).get(migration.name) == migration.checksum
        for entry in entries
        if entry.action == DRY_RUN and entry.environment == "staging" and entry.is_ok
    )
