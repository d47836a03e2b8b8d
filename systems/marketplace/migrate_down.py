"""Undo the migration MIGRATION, if it says how: `python -m systems.marketplace.migrate_down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace import migrating, operation

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it, or raise Refused."""
    told = migrating.read(reader)
    name = reader.required("MIGRATION", str) or ""
    reader.check()
    told.down(name)


if __name__ == "__main__":
    operation.main(run)
