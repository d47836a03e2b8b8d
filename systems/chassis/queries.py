"""SQL in files: one query each, named by its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def load(folder: Path) -> Mapping[str, str]:
    """The queries of a folder, by name: `claim.sql` is `claim`."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql"))}
