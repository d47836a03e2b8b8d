"""
Backups in a folder, each with a file beside it by which it is known to be whole.

An artifact is called by the UTC start of its dump, its sidecar by the artifact. What bears a final name is whole; all
files are their owner's alone.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from systems.chassis import folders
from systems.marketplace.retention import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAMP = "%Y-%m-%d-%H-%M-%S"
NAME = re.compile(r"backup_(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)\.sql\.gz\.enc")
FILE_MODE, FOLDER_MODE = 0o600, 0o700


def add(folder: Path, sealed: bytes, moment: datetime) -> str:
    """Keep an artifact; its name: that of the moment, or of the next second that is free."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    draft = _draft(folder, sealed)
    try:
        name = _claimed(folder, sealed, moment)
        try:
            draft.replace(folder / name)
        except OSError:
            _sidecar(folder / name).unlink()
            raise
    finally:
        draft.unlink(missing_ok=True)
    folders.sync(folder)
    return name


def replace(artifact: Path, sealed: bytes) -> None:
    """Keep other bytes under the name that an artifact has."""
    folder = artifact.parent
    beside, draft = _draft(folder, _line(artifact.name, sealed)), _draft(folder, sealed)
    try:
        beside.replace(_sidecar(artifact))
        draft.replace(artifact)
    finally:
        beside.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
    folders.sync(folder)


def remove(artifact: Path) -> None:
    """Remove an artifact and what stands beside it."""
    artifact.unlink(missing_ok=True)
    _sidecar(artifact).unlink(missing_ok=True)


def stored(folder: Path) -> list[Stored]:
    """What is there, oldest first; nothing where there is no folder. Files of other names are nobody's business."""
    return list(_found(folder))


def is_whole(artifact: Path) -> bool:
    """Whether an artifact is what its sidecar says."""
    try:
        told = _sidecar(artifact).read_text(encoding="ascii").split()
        return told[:1] == [sha256(artifact.read_bytes()).hexdigest()]
    except (OSError, ValueError):
        return False


def _found(folder: Path) -> Iterator[Stored]:
    for file in sorted(folder.glob("backup_*")):
        match = NAME.fullmatch(file.name)
        # A name that looks like one and tells no instant is another name.
        with suppress(ValueError):
            if match:
                moment = datetime.strptime(match[1], STAMP).replace(tzinfo=UTC)
                yield Stored(name=file.name, moment=moment, is_whole=is_whole(file))


def _claimed(folder: Path, sealed: bytes, moment: datetime) -> str:
    """A name that is nobody else's, its sidecar written."""
    while True:
        name = f"backup_{moment.astimezone(UTC):{STAMP}}.sql.gz.enc"
        with suppress(FileExistsError):
            _write(_sidecar(folder / name), _line(name, sealed))
            return name
        moment += timedelta(seconds=1)


def _draft(folder: Path, content: bytes) -> Path:
    draft = folder / f".{os.getpid()}-{os.urandom(4).hex()}.draft"
    _write(draft, content)
    return draft


def _write(file: Path, content: bytes) -> None:
    """Write a new file, down to the disk. Raises FileExistsError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _line(name: str, sealed: bytes) -> bytes:
    """What `sha256sum` writes."""
    return f"{sha256(sealed).hexdigest()}  {name}\n".encode()


def _sidecar(artifact: Path) -> Path:
    return artifact.with_name(f"{artifact.name}.sha256")
