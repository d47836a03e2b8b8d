"""Texts put on the disk whole or not at all: written beside their places, flushed and renamed."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def put(texts: Mapping[Path, str]) -> None:
    """
    Put each text in its place, in the order given; all are on the disk before the first is there.

    The folders exist. An `OSError` leaves no temporary file, and every old file that was not yet
    replaced.
    """
    fresh = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in texts}
    try:
        for path, text in texts.items():
            with fresh[path].open("wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in fresh.items():
            temporary.replace(path)
    except OSError:
        for temporary in fresh.values():
            discard(temporary)
        raise
    for path in {path.parent for path in texts}:
        flush(path)


def flush(folder: str | Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard(path: str | Path) -> None:
    """Remove a file if it is there and can be removed."""
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108 - a text will do
