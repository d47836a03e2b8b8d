"""Back the Kernel's database up, and remove what is too old: `python -m systems.kernel.backup`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from systems.chassis import server
from systems.chassis.settings import Misconfigured
from systems.kernel import backup_settings, backups

if TYPE_CHECKING:
    from pathlib import Path

    from systems.kernel.backup_settings import BackupSettings


def run(told: BackupSettings) -> Path:
    """One backup, then prune; the manifest's path. Raises BackupFailed, and then nothing is removed."""
    manifest = backups.make(told.postgres_url, told.folder, told.bin_folder)
    backups.prune(told.folder, told.retention, datetime.now(UTC))
    return manifest


def main() -> None:
    """Print the manifest's path; exit 1 where there is none."""
    try:
        manifest = run(backup_settings.read(os.environ))
    except Misconfigured as problem:
        server.refuse(problem, backup_settings.WANTED)
        sys.exit(1)
    except backups.BackupFailed as failed:
        sys.exit(str(failed))
    sys.stdout.write(f"{manifest}\n")


if __name__ == "__main__":
    main()
