"""Print the SQL that `migrate` will apply, and change nothing: `python -m systems.marketplace.dry_run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace import migrating, operation

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it."""
    told = migrating.read(reader)
    reader.check()
    told.dry_run()


if __name__ == "__main__":
    operation.main(run)
