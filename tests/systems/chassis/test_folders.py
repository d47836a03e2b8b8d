"""Folders that several programs write to."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from systems.chassis import folders

if TYPE_CHECKING:
    from pathlib import Path


def test_one_at_a_time(tmp_path: Path) -> None:
    """Whoever asks for the same waits, and gets it afterwards."""
    other = os.open(tmp_path, os.O_RDONLY)
    try:
        with folders.alone(tmp_path), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(other)


def test_files_and_folders_are_brought_to_the_disk(tmp_path: Path) -> None:
    """Both; what is not there is an error."""
    file = tmp_path / "file"
    file.touch()

    folders.sync(file)
    folders.sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        folders.sync(tmp_path / "none")
