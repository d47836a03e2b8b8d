"""A backup of a system: what made it, how it is listed and fetched, and how it is to be rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.targets import keys
from proofbook.targets.model import Backup
from proofbook.targets.places import addresses
from proofbook.targets.references import reference

if TYPE_CHECKING:
    from collections.abc import Collection

    from proofbook.targets.tables import Table

#: The word of `data` for what holds people's data.
PRODUCTION = "production"
#: Kinds whose own words say how they are restored.
_BY_COMMAND = ("command", "pgbackrest")


def backups(
    table: Table, commands: Collection[str], processes: Collection[str]
) -> dict[str, Backup]:
    """The backups of a system, by name."""
    return {
        name: _backup(name, inner, commands, processes) for name, inner in table.tables("backups")
    }


def _backup(
    name: str, table: Table, commands: Collection[str], processes: Collection[str]
) -> Backup:
    table.close(keys.BACKUP)
    kind = _kind(table)
    _check_pairs(table, kind)
    return Backup(
        name=name,
        kind=kind,
        make=_named(table, "make", commands, "a command of this system"),
        listing=table.command("list"),
        fetch=table.command("fetch"),
        verify=table.command("verify"),
        restore=table.command("restore"),
        wal_list=table.command("wal_list"),
        wal_fetch=table.command("wal_fetch"),
        key=table.source("key"),
        manifest=table.text("manifest"),
        newest_event=table.text("newest_event"),
        every=table.span("every"),
        boot=_named(table, "boot", processes, "a process of this system"),
        scratch=_scratch(table),
        is_production=_is_production(table),
        claim=table.text("claim"),
    )


def _kind(table: Table) -> str:
    kinds = ", ".join(keys.BACKUP_KINDS)
    if "kind" not in table:
        table.add(f'says not what made it; add kind = "…", one of {kinds}.')
        return keys.BACKUP_KINDS[0]
    if table.data["kind"] not in keys.BACKUP_KINDS:
        table.wrong(f"one of {kinds}", "kind")
    return str(table.data["kind"])


def _check_pairs(table: Table, kind: str) -> None:
    """Report what is only half said."""
    for one, other in (("list", "fetch"), ("wal_list", "wal_fetch")):
        for here, there in ((one, other), (other, one)):
            if here in table and there not in table and kind != "pgbackrest":
                table.add(f"goes with {there}, which is not there.", here)
    if kind in _BY_COMMAND and "restore" not in table:
        table.add(f"says not how it is restored: kind {kind} takes restore, a command.")
    for key in ("verify", "restore"):
        if kind not in _BY_COMMAND and key in table:
            table.add(f"goes with kind {' or '.join(_BY_COMMAND)}; {kind} is ours to {key}.", key)


def _named(table: Table, key: str, known: Collection[str], what: str) -> str | None:
    name = table.text(key)
    if name is None or name in known:
        return name
    table.wrong(f"{what}; there are {', '.join(known) or 'none'}", key)
    return None


def _scratch(table: Table) -> str | None:
    """A folder. Nothing is ever restored into what is already there, and never into an address."""
    text = table.text("scratch")
    if text is None:
        return None
    if addresses(text) or "://" in text or reference(text):
        table.wrong(
            "a folder: a restore goes only into a cluster that the drill itself makes", "scratch"
        )
        return None
    return text


def _is_production(table: Table) -> bool:
    if "data" in table and table.data["data"] != PRODUCTION:
        table.wrong(
            f'"{PRODUCTION}"; leave the key out where the backup holds nobody\'s data', "data"
        )
    return "data" in table
