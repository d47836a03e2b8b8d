"""What backups are told by their environment: where to, under which keys, how often, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis.settings import integer
from systems.marketplace import operation, sealing, settings
from systems.marketplace.retention import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from systems.chassis.settings import Reader
    from systems.marketplace.operation import Office
    from systems.marketplace.settings import Database

MOST = 10**6
INTERVAL_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by name, and which one seals."""

    keys: Mapping[str, bytes]
    active: str

    @property
    def seals(self) -> bytes:
        """The key that is in use."""
        return self.keys[self.active]

    @property
    def opens(self) -> Sequence[bytes]:
        """All keys, the one in use first."""
        others = (key for name, key in self.keys.items() if name != self.active)
        return (self.seals, *others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """Of what, where to, sealed with what, kept how long, written down where."""

    database: Database
    folder: Path
    keyring: Keyring
    rules: Rules
    office: Office


def read(reader: Reader) -> Backups:
    """All of it; what does not do is noted."""
    return Backups(
        database=settings.database(reader),
        folder=folder(reader),
        keyring=keyring(reader),
        rules=_rules(reader),
        office=operation.office(reader),
    )


def keyring(reader: Reader) -> Keyring:
    """ENCRYPTION_KEYS, and ENCRYPTION_KEY_ACTIVE, else the last one."""
    # Without keys nothing goes on behind `reader.check()`: what stands for them seals nothing.
    keys = reader.required("ENCRYPTION_KEYS", sealing.read_keys) or {"": b""}
    active = reader.optional("ENCRYPTION_KEY_ACTIVE", str, list(keys)[-1])
    if active not in keys:
        reader.refuse("ENCRYPTION_KEY_ACTIVE")
    return Keyring(keys, active)


def folder(reader: Reader) -> Path:
    """BACKUP_DIR."""
    return reader.optional("BACKUP_DIR", Path, Path("backups"))


def interval(reader: Reader) -> timedelta:
    """How long after a backup the next one is made."""
    told = reader.optional("BACKUP_INTERVAL_SEC", integer(1, 10**9), INTERVAL_SECONDS)
    return timedelta(seconds=told)


def _rules(reader: Reader) -> Rules:
    def count(name: str, usual: int) -> int:
        return reader.optional(name, integer(0, MOST), usual)

    return Rules(
        days=count("BACKUP_RETENTION_DAYS", 30),
        daily=count("BACKUP_KEEP_DAILY", 7),
        weekly=count("BACKUP_KEEP_WEEKLY", 4),
        monthly=count("BACKUP_KEEP_MONTHLY", 3),
    )
