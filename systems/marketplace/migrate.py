"""Apply the migrations that are pending: `python -m systems.marketplace.migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace import migrating, operation

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it, unless a gate is shut."""
    told = migrating.read(reader)
    reader.check()
    told.deploy()


if __name__ == "__main__":
    operation.main(run)
