"""
Make the first admin: `SEED_ADMIN_WALLET=0x… python -m systems.marketplace.seed_admin`.

The last line of its output is a token of his. Once more it changes nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from systems.marketplace import operation, seed_settings, seeding

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it."""
    seed = seed_settings.read(reader)
    reader.check()
    sys.stdout.write(f"{seeding.run(seed)}\n")


if __name__ == "__main__":
    operation.main(run)
