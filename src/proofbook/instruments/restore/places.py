"""Folders of a drill: the database's user may enter them, and nothing of them is left."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from proofbook.instruments.restore.broken import Broken
from proofbook.stack import scratch, warden

if TYPE_CHECKING:
    from pathlib import Path


def let_in(folder: Path) -> Path:
    """Let the database's user pass through a folder of ours, where that is another one than we."""
    folder.chmod(0o700 if scratch.database_uid() is None else 0o711)
    return folder


def give(folder: Path) -> None:
    """Let the database's user have a folder and all in it, where that is another one than we."""
    uid = scratch.database_uid()
    if uid is None:
        return
    subprocess.run(["chown", "-R", f"{uid}:{uid}", str(folder)], check=True, capture_output=True)


def destroyed(folder: Path) -> None:
    """Remove a folder. Raises `Broken` if anything of it is left: a copy of people's data is a leak."""
    warden.release(folder)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise Broken("destroy", f"{folder.name} could not be removed")
