"""
The migrations of a target: which are applied without a flag, and copies of their folder with one more.

    folder = copied(twin, tmp_path)
    (folder / next_name(folder, "drop_column")).write_text("ALTER TABLE …")
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from proofbook import NoVerdict

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack import Twin

_FLAG = re.compile(r"^-- flag: \S+\s*$", re.MULTILINE)
_NUMBER = re.compile(r"\d+")


def files_of(twin: Twin) -> list[str]:
    """The names of the migrations that no flag holds back, in the order of their names."""
    return sorted(
        path.name
        for path in twin.file("migrations").glob("*.sql")
        if not _FLAG.search(path.read_text(encoding="utf-8"))
    )


def copied(twin: Twin, folder: Path) -> Path:
    """A copy of the migrations below a folder, to be added to."""
    copy = folder / "migrations"
    shutil.copytree(twin.file("migrations"), copy)
    if not any(copy.glob("*.sql")):
        raise NoVerdict("there are no migrations to add to")
    return copy


def next_name(folder: Path, topic: str) -> str:
    """The name of a migration that comes after all that are there."""
    last = max(path.name for path in folder.glob("*.sql"))
    found = _NUMBER.match(last)
    if found is None:
        raise NoVerdict(f"{last} has no number that the next one could have")
    number = str(int(found[0]) + 1).zfill(len(found[0]))
    return f"{number}_pre_{topic}.sql"


def recorded(name: str, statement: str) -> str:
    """The text of a migration that writes itself into the ledger, as each does."""
    return (
        f"{statement}\n"
        f"INSERT INTO schema_migrations (name) VALUES ('{name}') ON CONFLICT DO NOTHING;\n"
    )
