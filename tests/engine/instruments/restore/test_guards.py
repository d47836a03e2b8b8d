"""Guards on literal values: what each lets pass, and in which words it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import guards, sealing
from proofbook.instruments.restore.artefacts import Artefact
from proofbook.instruments.restore.broken import Broken

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = bytes(32)


def test_what_is_sealed_needs_its_key_and_what_is_not_is_taken_as_it_is(tmp_path: Path) -> None:
    """A fetch that was told the key may have opened it already."""
    plain, sealed, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    plain.write_bytes(b"rows")
    sealing.seal(plain, sealed, KEY)
    assert guards.decrypt(plain, opened, KEY) == plain
    assert guards.decrypt(plain, opened, None) == plain
    assert guards.decrypt(sealed, opened, KEY) == opened
    assert opened.read_bytes() == b"rows"
    with pytest.raises(Broken, match=r"^decrypt: it is sealed, and the target names no key$"):
        guards.decrypt(sealed, opened, None)


def test_the_newest_backup_keeps_the_schedule_or_there_is_none() -> None:
    """Without a schedule any backup will do."""
    old = Artefact(name="a", at=NOW - timedelta(days=9))
    assert guards.schedule([old], None, NOW) == old
    with pytest.raises(Broken, match=r"^schedule: there is no backup$"):
        guards.schedule([], None, NOW)
    with pytest.raises(Broken, match=r"^schedule: the newest backup, a, is 9.0 d old"):
        guards.schedule([old], timedelta(days=1), NOW)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((3, "05", "04", True, 2), "archiver: archiving fails: 3 times, last at 05"),
        ((0, None, "04", False, 9), "archiver: 9 segments wait to be archived"),
    ],
)
def test_an_archive_that_fails_or_falls_behind_is_told(row: tuple[object, ...], told: str) -> None:
    """By what PostgreSQL counts."""
    with pytest.raises(Broken) as raised:
        guards.archiver(row)
    assert str(raised.value) == told


def test_an_archive_that_failed_once_and_goes_on_is_well() -> None:
    """And of one that never had anything to do nothing is known."""
    assert guards.archiver((3, "02", "04", False, 0)) == "archived up to 04"
    with pytest.raises(NoVerdict, match=r"^nothing was ever archived$"):
        guards.archiver((0, None, None, False, 0))
