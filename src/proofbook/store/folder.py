"""Where things lie in a store, and how they are put there: whole, flushed, and never twice."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.errors import ReportError
from proofbook.runs.disk import discard, flush
from proofbook.signing import fingerprint, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: The store of a project that names no other.
DEFAULT = "reports"
#: How a fingerprint becomes a file's name.
_NAME = str.maketrans("/+", "_-")


@dataclass(frozen=True, slots=True)
class Store:
    """A folder that holds a log and its evidence; nothing of it need exist."""

    folder: Path

    @property
    def log(self) -> Path:
        """Where chains lie."""
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        """Where public keys lie."""
        return self.log / "keys"

    @property
    def evidence(self) -> Path:
        """Where records and attachments lie."""
        return self.folder / "evidence"

    @property
    def runs(self) -> Path:
        """Where each run has a folder of what follows from its records."""
        return self.folder / "runs"

    def chain(self, name: str) -> Path:
        """The file of a chain."""
        return self.log / f"{name}.jsonl"

    def put_key(self, public: bytes) -> None:
        """Keep a public key of 32 bytes."""
        file = self.keys / key_file(fingerprint(public))
        with writing(self.folder):
            self.keys.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                if not file.exists():
                    put_new(file, f"{line_of(public, 'proofbook')}\n".encode())

    def put_evidence(self, pieces: Iterable[bytes]) -> tuple[str, ...]:
        """Keep each piece; their digests, once all of them are on the disk."""
        digests = []
        with writing(self.folder):
            folder = os.fspath(self.evidence)
            if not os.path.isdir(folder):  # noqa: PTH112 - asked for each record: a path's methods take longer than the disk
                self.evidence.mkdir(parents=True, exist_ok=True)
            for piece in pieces:
                digest = sha256(piece).hexdigest()
                file = f"{folder}/{digest}"
                if not os.path.exists(file):  # noqa: PTH110 - as above
                    replaced(file, piece)
                digests.append(digest)
            flush(folder)
        return tuple(digests)


def key_file(key: str) -> str:
    """The name of the file of a public key, by its fingerprint."""
    return key.removeprefix("SHA256:").translate(_NAME) + ".pub"


def put_new(file: Path, data: bytes) -> None:
    """Put a file in its place, whole; raises `FileExistsError` if there is one already."""
    fresh = _beside(os.fspath(file))
    try:
        _flushed(fresh, data)
        os.link(fresh, file)
    finally:
        discard(fresh)
    flush(file.parent)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what stands in the way of writing into one clear `ReportError`."""
    try:
        yield
    except OSError as error:
        shown = os.path.relpath(folder)
        raise ReportError(
            f"{folder if shown.startswith('..') else shown}: the log cannot be written: {error.strerror}. "
            "Earlier runs are untouched. Make room or give yourself the right to write there, "
            "and verify again."
        ) from None


def replaced(file: str, data: bytes) -> None:
    """Put a file in its place, whole; whoever came first with the same bytes is replaced by them."""
    fresh = _beside(file)
    try:
        _flushed(fresh, data)
        os.replace(fresh, file)  # noqa: PTH105 - as above
    except OSError:
        discard(fresh)
        raise


def _beside(file: str) -> str:
    folder, _, name = file.rpartition("/")
    return f"{folder}/.{name}.{secrets.token_hex(4)}"


def _flushed(file: str, data: bytes) -> None:
    with open(file, "xb", buffering=0) as opened:  # noqa: PTH123 - as above
        rest = memoryview(data)
        while rest:
            rest = rest[opened.write(rest) :]
        os.fsync(opened.fileno())
