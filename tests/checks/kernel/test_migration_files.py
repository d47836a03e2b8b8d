"""Names and texts of migrations that a check adds to those of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.migration_files import next_name, recorded
from proofbook import NoVerdict

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("003_pre_create.sql", "004_pre_trim.sql"),
        ("0099_more.sql", "0100_pre_trim.sql"),
        ("20261121103000_more.sql", "20261121103001_pre_trim.sql"),
    ],
)
def test_the_next_one_comes_after_all_others(tmp_path: Path, last: str, expected: str) -> None:
    """It has as many digits as the last, and one more than that."""
    for name in ("000_first.sql", last):
        (tmp_path / name).touch()

    assert next_name(tmp_path, "trim") == expected


def test_without_numbers_there_is_no_next_one(tmp_path: Path) -> None:
    """Then nobody knows which comes after which."""
    (tmp_path / "create.sql").touch()

    with pytest.raises(
        NoVerdict, match=r"^create\.sql has no number that the next one could have$"
    ):
        next_name(tmp_path, "trim")


def test_a_migration_writes_itself_down() -> None:
    """So that psql alone suffices."""
    assert recorded("004_a.sql", "SELECT 1;") == (
        "SELECT 1;\n"
        "INSERT INTO schema_migrations (name) VALUES ('004_a.sql') ON CONFLICT DO NOTHING;\n"
    )
