"""Migrations that may not run as they are, and those that fail: nothing of them takes hold by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.database import code_of, empty
from checks.kernel.migration_files import copied, next_name, recorded
from proofbook import exercises
from proofbook.stack import Exited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.database import Database
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

#: What is trimmed: on the target's own tables, views of its own may stand.
MADE = "CREATE TABLE to_be_trimmed (id uuid, pool text, reason text);"
DROP_COLUMN = "ALTER TABLE to_be_trimmed DROP COLUMN reason;"
#: What else the previous release could not live with.
OTHERS = (
    "DROP TABLE memory_nodes;",
    "ALTER TABLE to_be_trimmed RENAME COLUMN reason TO why;",
    "ALTER TABLE to_be_trimmed ALTER COLUMN pool TYPE varchar(20);",
    "ALTER TABLE to_be_trimmed ALTER COLUMN pool SET NOT NULL;",
)
FLAG = "trim"
COLUMN = """
    select 1 from information_schema.columns
    where table_name = 'to_be_trimmed' and column_name = 'reason'
"""
#: Its last line is what is wrong with it.
BROKEN = """-- A table, and what it is filled from.
CREATE TABLE half_made (id uuid);
INSERT INTO half_made SELECT id FROM no_such_table;
"""


@pytest.fixture
@exercises
def grown(stack: Stack) -> Iterator[Database]:
    """A database with all tables."""
    with empty(stack) as database:
        database.migrate()
        yield database


@pytest.mark.claim("kernel.risky-migrations-flagged")
def test_what_takes_away_waits_for_its_flag(
    claim: ClaimHandle, grown: Database, tmp_path: Path
) -> None:
    """Nobody drops a column by deploying: somebody has to name it."""
    folder = copied(grown.twin, tmp_path)
    first = folder / next_name(folder, "made")
    first.write_text(recorded(first.name, MADE))
    made = grown.migrate(MIGRATIONS_DIR=str(folder))
    file = folder / next_name(folder, "trim")
    ends = {}
    for statement in (*OTHERS, DROP_COLUMN):
        file.write_text(recorded(file.name, statement))
        ends[statement] = grown.migrate(MIGRATIONS_DIR=str(folder))
    kept = grown.rows(COLUMN)

    file.write_text(f"-- flag: {FLAG}\n{recorded(file.name, DROP_COLUMN)}")
    flagged = grown.migrate(MIGRATIONS_DIR=str(folder))
    waiting = (grown.rows(COLUMN), file.name in grown.ledger())
    named = grown.migrate(MIGRATIONS_DIR=str(folder), MIGRATE_FLAGS=FLAG)

    claim.require(code_of(made) == 0, f"nothing is applied: {made.output[-300:]!r}")
    for statement, end in ends.items():
        claim.expect(unflagged=code_of(end))
        assert file.name in end.output, f"{statement} is refused, and {file.name} not named"
    assert kept, "a column was dropped unflagged"
    claim.require(not grown.rows(COLUMN), f"it is not applied when named: {named.output[-300:]!r}")
    claim.expect(flagged=code_of(flagged), named=code_of(named))
    assert waiting == (kept, False), "a flagged migration was applied before it was named"


@pytest.mark.claim("kernel.failed-migration-leaves-nothing")
def test_a_failed_migration_leaves_nothing(
    claim: ClaimHandle, grown: Database, standing: Deployment, tmp_path: Path
) -> None:
    """Who is called at night reads file and line, mends it, and runs it again."""
    folder = copied(grown.twin, tmp_path)
    file = folder / next_name(folder, "half_made")
    file.write_text(BROKEN)
    here = {"MIGRATIONS_DIR": str(folder)}

    broken = grown.migrate(**here)
    left = ("half_made" in grown.tables(), file.name in grown.ledger())
    start = standing.start_kernel({"POSTGRES_URL": grown.url, **here})
    file.write_text(recorded(file.name, BROKEN.replace("no_such_table", "divisions")))
    mended = grown.migrate(**here)

    claim.expect(broken=code_of(broken))
    assert left == (False, False), "something of it was left"
    claim.require("half_made" in grown.tables(), f"mended, it fails, too: {mended.output[-300:]!r}")
    claim.expect(mended=code_of(mended))
    line = len(BROKEN.splitlines())
    assert f"{file.name}:{line}" in broken.output, (
        f"where it is wrong is not said: {broken.output!r}"
    )
    assert isinstance(start, Exited), "the Kernel started while a migration was missing"
    claim.expect(pending=start.code)
    assert "migrations.pending" in start.output, start.output[-300:]
    assert file.name in start.output, start.output[-300:]
