"""Back the database up, and remove what is too old: `python -m systems.marketplace.backup`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from systems.marketplace import backup_settings, backups, operation

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it; the artifact's name on standard output."""
    told = backup_settings.read(reader)
    reader.check()
    sys.stdout.write(f"{backups.run(told)}\n")


if __name__ == "__main__":
    operation.main(run)
