"""What a backup is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis.settings import Reader, integer
from systems.kernel import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The runbook's bounds of how long a backup is kept, in days.
LEAST_DAYS, MOST_DAYS = 30, 90
WANTED = settings.WANTED | {"BACKUP_RETENTION_DAYS": f"{LEAST_DAYS} to {MOST_DAYS}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """Of what, where to, how often, for how long."""

    postgres_url: str
    folder: Path
    retention: timedelta
    interval: timedelta
    bin_folder: str
    host: str
    port: int


def read(environ: Mapping[str, str]) -> BackupSettings:
    """The settings of an environment. Raises Misconfigured."""
    reader = Reader(environ)
    is_production = environ.get("NODE_ENV", "").strip() == "production"
    days = reader.optional("BACKUP_RETENTION_DAYS", integer(LEAST_DAYS, MOST_DAYS), MOST_DAYS)
    seconds = reader.optional("BACKUP_INTERVAL_SECONDS", integer(1, 10**8), 86_400)
    read = BackupSettings(
        postgres_url=settings.postgres_url(reader, is_production=is_production),
        folder=reader.required("BACKUP_DIR", Path) or Path(),
        retention=timedelta(days=days),
        interval=timedelta(seconds=seconds),
        bin_folder=reader.optional("PG_BINDIR", str, ""),
        host=reader.optional("HOST", str, "0.0.0.0"),  # noqa: S104 - the contract's default
        port=reader.optional("PORT", integer(1, 65535), 3200),
    )
    reader.check()
    return read
