"""What `migrate`, `migrate_dev`, `migrate_down` and `dry_run` do."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from systems.marketplace import ledger, migration_gates, migration_table, operation, settings
from systems.marketplace.operation import Failed, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from systems.chassis.settings import Reader
    from systems.marketplace.migration_table import Migration
    from systems.marketplace.operation import Office
    from systems.marketplace.settings import Database

DEPLOY = "migration.deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrating:
    """A database, its migrations, and the office that they are recorded in."""

    database: Database
    folder: Path
    office: Office

    def dry_run(self) -> None:
        """Print the SQL of what is pending, each under its name."""
        with migration_table.connected(self.database) as connection:
            pending = migration_table.pending(connection, migration_table.read(self.folder))
        for migration in pending:
            text = migration.text.rstrip()
            end = "" if text.endswith(";") else "\n;"
            sys.stdout.write(f"-- {migration.name}\n{text}{end}\n\n")
        sys.stdout.flush()
        self.office.record(migration_gates.DRY_RUN, _named(pending))

    def deploy_on_dev(self) -> None:
        """On dev, bring the schema up to date; elsewhere raise Failed."""
        if not self.office.surroundings.is_dev:
            raise Failed("migrate_dev works on dev only; elsewhere `migrate` does")
        self.deploy()

    def deploy(self) -> None:
        """Apply what is pending, unless a gate is shut. Raises Refused or Failed."""
        with (
            migration_table.connected(self.database) as connection,
            migration_table.alone(connection),
        ):
            pending = migration_table.pending(connection, migration_table.read(self.folder))
            entries = ledger.read(self.office.ledger)
            migration_gates.check(pending, self.office.surroundings, entries)
            applied: list[Migration] = []
            try:
                for migration in pending:
                    migration_table.apply(connection, migration)
                    applied.append(migration)
                    sys.stdout.write(f"applied {migration.name}\n")
            except Failed:
                self.office.record(DEPLOY, _named(applied), outcome=ledger.FAILED)
                raise
        self.office.record(DEPLOY, _named(applied))

    def down(self, name: str) -> None:
        """Undo one migration that says how. Raises Refused or Failed."""
        text = self.down_of(name)
        with (
            migration_table.connected(self.database) as connection,
            migration_table.alone(connection),
        ):
            migration_table.undo(connection, name, text)

    def down_of(self, name: str) -> str:
        """The SQL that undoes a migration. Raises Refused where nobody declared any."""
        file = self.folder / name / "down.sql"
        if not file.is_file():
            raise Refused(f"{name}: it declares no down.sql")
        return file.read_text(encoding="utf-8")


def read(reader: Reader) -> Migrating:
    """What an environment says of it; what does not do is noted."""
    return Migrating(
        database=settings.database(reader),
        folder=reader.optional("MIGRATIONS_DIR", Path, settings.MIGRATIONS),
        office=operation.office(reader),
    )


def _named(migrations: Sequence[Migration]) -> dict[str, object]:
    return {
        "migrations": [migration.name for migration in migrations],
        "checksums": {migration.name: migration.checksum for migration in migrations},
    }
