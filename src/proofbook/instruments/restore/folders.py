"""Backups in a folder, each a dump with its manifest beside it; only those that are whole count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.dumps import check_digest
from proofbook.instruments.restore.manifests import manifest

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.manifests import Manifest

#: What a manifest's name ends in, after the stem that it has in common with its dump.
ENDING = ".manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A dump that is what its manifest says."""

    dump: Path
    manifest: Manifest
    #: The manifest's file.
    file: Path


def whole(folder: Path, ending: str = ENDING) -> tuple[Backup, ...]:
    """
    The backups that are whole, oldest first: the manifest parses, bytes and SHA-256 are the dump's.

    The dump is the one file beside a manifest that has its stem.
    """
    found = (_whole(file, ending) for file in folder.glob(f"*{ending}"))
    return tuple(
        sorted((each for each in found if each), key=lambda each: each.manifest.snapshot_at)
    )


def _whole(file: Path, ending: str) -> Backup | None:
    stem = file.name.removesuffix(ending)
    beside = [
        path
        for path in file.parent.iterdir()
        if path != file and path.name.partition(".")[0] == stem.partition(".")[0]
    ]
    if len(beside) != 1:
        return None
    try:
        said = manifest(file.read_text(encoding="utf-8"))
        check_digest(beside[0], said)
    except (OSError, ValueError, Broken):
        return None
    return Backup(dump=beside[0], manifest=said, file=file)
