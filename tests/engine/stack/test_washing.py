"""Logs that programs have left, without their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.stack import washing

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SECRET = "correct-horse-battery"


def test_a_log_that_tells_is_written_again(tmp_path: Path) -> None:
    """Secrets go, whatever else there was stays, bytes that are no text too."""
    log = tmp_path / "gw0" / "api.1.log"
    log.parent.mkdir()
    log.write_bytes(b"\xff\xfe before " + SECRET.encode() + b" after\r\nnext\x00")
    quiet = tmp_path / "db.1.log"
    quiet.write_bytes(b"nothing\n")
    before = quiet.stat().st_ino

    washing.wash(tmp_path, {SECRET})

    assert log.read_bytes() == b"\xff\xfe before [redacted] after\r\nnext\x00"
    assert quiet.stat().st_ino == before
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["api.1.log", "db.1.log"]


def test_a_long_log_is_washed_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that stands where two pieces meet goes too."""
    monkeypatch.setattr(washing, "_PIECE", 10)
    log = tmp_path / "api.1.log"
    log.write_text(f"12345{SECRET}\n" * 3)

    washing.wash(tmp_path, {SECRET})

    assert log.read_text() == "12345[redacted]\n" * 3


def test_without_secrets_nothing_is_read(tmp_path: Path) -> None:
    """Nor where there is no folder."""
    washing.wash(tmp_path / "none", {SECRET})
    (tmp_path / "a.log").symlink_to(tmp_path / "nowhere")
    washing.wash(tmp_path, ())
    assert (tmp_path / "a.log").is_symlink()


def test_a_log_that_cannot_be_written_again_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better no log than one that tells."""
    log = tmp_path / "api.1.log"
    log.write_text(SECRET)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(washing, "_wash", refuse)
    washing.wash(tmp_path, {SECRET})

    assert not log.exists()
