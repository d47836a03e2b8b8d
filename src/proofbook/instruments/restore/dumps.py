"""Dumps of one database: made in a snapshot with their manifest, decoded, restored."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import file_digest
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import programs
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.fingerprints import seen, snapshot
from proofbook.stack.outcomes import telling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from proofbook.instruments.restore.manifests import Manifest

#: What a command of a backup job holds where the snapshot's name belongs.
SNAPSHOT = "{snapshot}"
#: What the first bytes of pg_dump's custom format are.
_CUSTOM = b"PGDMP"
#: What tar writes at byte 257 of each member's header.
_TAR, _TAR_AT = b"ustar", 257
#: What plain SQL begins with, in the clear and through gzip.
_PLAIN = (b"--", b"\x1f\x8b")
_JOBS = 2


def dump(dsn: str, file: Path) -> Manifest:
    """Dump a database in pg_dump's custom format; what is in the file. Raises `Broken`."""
    place, secret = programs.apart(dsn)
    argv = [
        programs.tool("pg_dump"),
        "--format=custom",
        f"--snapshot={SNAPSHOT}",
        f"--file={file}",
        place,
    ]
    return dumped(dsn, argv, file, env=secret)


def dumped(
    dsn: str, argv: Sequence[str], file: Path, env: dict[str, str] | None = None
) -> Manifest:
    """
    Run somebody's dump in a snapshot, and read that same snapshot; the manifest of the file.

    `{snapshot}` in `argv` becomes its name. Raises `Broken` if the command fails, `NoVerdict` if it
    names no snapshot: then nobody knows that the manifest is of the dump.
    """
    if not any(SNAPSHOT in word for word in argv):
        raise NoVerdict(f"the command names no {SNAPSHOT}; write --snapshot={SNAPSHOT}")
    with snapshot(dsn) as (connection, name, at), ThreadPoolExecutor(1) as beside:
        filled = [word.replace(SNAPSHOT, name) for word in argv]
        # A dump wants what a backup job was given: its whole environment.
        dumping = beside.submit(programs.finished, filled, env={**os.environ, **(env or {})})
        found = seen(dsn, connection, name, at)
        code, out, err = dumping.result()
    if code:
        raise Broken("dump", f"{argv[0]} ended with code {code}: {telling(err or out)}")
    size, digest = measured(file)
    return replace(found, bytes=size, sha256=digest)


def measured(file: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file. Raises `Broken` if there is none."""
    try:
        with file.open("rb") as opened:
            return file.stat().st_size, file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise Broken("fetch", f"{file.name}: {error.strerror}") from None


def check_digest(file: Path, promised: Manifest) -> str:
    """The dump's SHA-256, if it is the manifest's. Raises `Broken`."""
    size, digest = measured(file)
    if size != promised.bytes:
        raise Broken("digest", f"it has {size} bytes, and its manifest says {promised.bytes}")
    if digest != promised.sha256:
        raise Broken("digest", f"its SHA-256 is {digest}, and its manifest says {promised.sha256}")
    return digest


def check_decodes(file: Path) -> None:
    """
    Read a dump to its end, without restoring it. Raises `Broken`.

    `pg_restore --list` reads only the table of contents, and is content with half a dump.
    """
    if file.is_file() and not file.stat().st_size:
        raise Broken("decode", "it is empty")
    programs.run("decode", "pg_restore", "--file=/dev/null", _archive(file, "decode"))


def _archive(file: Path, guard: str) -> str:
    """
    The path, if it is something that pg_restore reads: its custom format, a folder, or a tar.

    Raises `NoVerdict` for plain SQL, `Broken` for anything else.
    """
    if file.is_dir():
        return str(file)
    head = _head(file)
    if head.startswith(_CUSTOM) or head[_TAR_AT:] == _TAR:
        return str(file)
    if head.startswith(_PLAIN):
        raise NoVerdict(
            "it is plain SQL, which nothing can be asked of before it has run: pg_dump -Fc"
        )
    raise Broken(guard, "it is no dump: its first bytes are others")


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_TAR_AT + len(_TAR))


def restore(file: Path, dsn: str, *, jobs: int = _JOBS) -> None:
    """Restore a dump into an empty database; ownership is the database's. Raises `Broken`."""
    place = _archive(file, "restore")
    parallel = [f"--jobs={jobs}"] if file.is_dir() or _head(file).startswith(_CUSTOM) else []
    words = ("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", *parallel, place)
    programs.run("restore", *words, dsn=dsn)
