"""
Open a backup: `python -m systems.marketplace.decrypt < backup_….sql.gz.enc > backup.sql.gz`.

Nothing comes out of one that is damaged, or that none of ENCRYPTION_KEYS opens.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from systems.marketplace import backup_settings, operation, sealing
from systems.marketplace.operation import Failed

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it."""
    keyring = backup_settings.keyring(reader)
    reader.check()
    try:
        plain = sealing.opened(sys.stdin.buffer.read(), keyring.opens)
    except sealing.NotOpened as problem:
        raise Failed(str(problem)) from None
    sys.stdout.buffer.write(plain)


if __name__ == "__main__":
    operation.main(run)
