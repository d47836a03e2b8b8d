"""
Seal every backup again, under the key that is in use now: `python -m systems.marketplace.reencrypt`.

Names stay. One that no key opens is left as it is, and the exit code says so once all others are done; so this may be
run again after it was cut off.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from systems.chassis import folders
from systems.marketplace import artifacts, backup_settings, operation, sealing
from systems.marketplace.operation import Failed

if TYPE_CHECKING:
    from pathlib import Path

    from systems.chassis.settings import Reader
    from systems.marketplace.backup_settings import Keyring


def run(reader: Reader) -> None:
    """Do it."""
    keyring, folder = backup_settings.keyring(reader), backup_settings.folder(reader)
    reader.check()
    try:
        with folders.alone(folder):
            closed = [
                each.name
                for each in artifacts.stored(folder)
                if not _sealed_again(folder / each.name, keyring)
            ]
    except OSError as error:
        raise Failed(f"not all backups were sealed again: {type(error).__name__}") from error
    if closed:
        raise Failed(f"no key opens {', '.join(closed)}")


def _sealed_again(artifact: Path, keyring: Keyring) -> bool:
    """Whether one was opened, and sealed again."""
    try:
        plain = sealing.opened(artifact.read_bytes(), keyring.opens)
    except sealing.NotOpened:
        return False
    artifacts.replace(artifact, sealing.seal(plain, keyring.seals, os.urandom(sealing.ONCE_BYTES)))
    sys.stdout.write(f"sealed again {artifact.name}\n")
    return True


if __name__ == "__main__":
    operation.main(run)
