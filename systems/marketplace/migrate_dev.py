"""On a developer's own machine, bring the schema up to date: `python -m systems.marketplace.migrate_dev`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace import migrating, operation

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


def run(reader: Reader) -> None:
    """Do it, on dev; elsewhere raise Failed."""
    told = migrating.read(reader)
    reader.check()
    told.deploy_on_dev()


if __name__ == "__main__":
    operation.main(run)
