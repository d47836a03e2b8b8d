"""The commands by which PostgreSQL puts segments of its log into an archive, and brings them back."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def archive_command(archive: Path) -> str:
    """What copies a finished segment into `archive`, whole or not at all, and never over another."""
    into = quote(str(archive))
    return f"test ! -f {into}/%f && cp %p {into}/%f.tmp && mv {into}/%f.tmp {into}/%f"


def restore_command(archive: Path) -> str:
    """What brings a segment back."""
    return f"cp {quote(str(archive))}/%f %p"
