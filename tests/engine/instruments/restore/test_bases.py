"""Recovery to a point that is said: what was before it is there, and a gap before it is an error."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from proofbook.instruments.restore import bases
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.segments import segment

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.sibling import Sibling
    from proofbook.stack import Stack

pytestmark = pytest.mark.slow


def test_the_log_is_replayed_to_its_end_and_every_row_is_there(
    bench_stack: Stack, sibling: Sibling, place: Path
) -> None:
    """The three rows that came after the base backup; nothing of the archive is written to."""
    bases.unpack(sibling.base, place / "data")
    assert bases.verify(place / "data") == "every file is as its manifest says"
    before = sorted(path.name for path in sibling.archive.iterdir())

    copy = bases.replay(
        bench_stack,
        place,
        run="r",
        archive=sibling.archive,
        target={"recovery_target_lsn": bases.end(sibling.archive)},
    )

    assert copy.run_in("sibling", "SELECT count(*)::int FROM ledger") == [(2003,)]
    copy.destroy()
    assert not place.exists()
    assert sorted(path.name for path in sibling.archive.iterdir()) == before


def test_a_gap_before_the_target_is_an_error(
    bench_stack: Stack, sibling: Sibling, place: Path
) -> None:
    """Where a recovery without one would end at the gap and call it a success."""
    archive = place / "archive"
    shutil.copytree(sibling.archive, archive)
    bases.unpack(sibling.base, place / "data")
    lost = min(p for p in archive.iterdir() if p.name > sibling.first and segment(p.name))
    lost.unlink()

    with pytest.raises(Broken) as raised:
        bases.replay(
            bench_stack,
            place,
            run="r",
            archive=archive,
            target={"recovery_target_lsn": bases.end(sibling.archive)},
        )
    assert raised.value.guard == "replay"
    assert "recovery ended before configured recovery target was reached" in raised.value.told
    with pytest.raises(ValueError, match="ends at the first gap, and says that all is well"):
        bases.replay(bench_stack, place, run="r", archive=archive, target={})


def test_a_base_backup_that_is_none_or_is_damaged_is_told(sibling: Sibling, place: Path) -> None:
    """Before anything starts on it."""
    (place / "empty").mkdir()
    with pytest.raises(Broken, match="it is no base backup"):
        bases.unpack(place / "empty", place / "data")
    bases.unpack(sibling.base, place / "data")
    file = next(path for path in (place / "data" / "base").rglob("*") if path.stat().st_size > 8192)
    with file.open("r+b") as opened:
        opened.write(b"\x00\x01")
    with pytest.raises(Broken, match=r"^decode: pg_verifybackup ended with code 1"):
        bases.verify(place / "data")


def test_an_archive_that_is_empty_has_no_end(tmp_path: Path) -> None:
    """And one whose last segment cannot be read ends where that begins."""
    with pytest.raises(Broken, match="wal: there is no segment of the log"):
        bases.end(tmp_path)
    (tmp_path / "000000010000000000000002").write_bytes(b"noise")
    assert bases.end(tmp_path) == "0/2000000"
