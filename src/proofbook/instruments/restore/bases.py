"""Base backups with their log: taken, verified, and brought to a point in time."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import programs, segments
from proofbook.instruments.restore.archiving import restore_command
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.cluster import Cluster
from proofbook.stack.outcomes import telling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.stack import Stack
    from proofbook.stack.postgres import Postgres

_START = re.compile(r"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)")
_TAR = re.compile(r"base\.tar(\.gz)?")
_RECORD = re.compile(r" lsn: ([0-9A-F]+/[0-9A-F]+),")
_WAL_TAR = re.compile(r"pg_wal\.tar(\.gz)?")


def take(server: Postgres, into: Path) -> None:
    """A base backup of a whole cluster, in `into`: `base.tar`, `pg_wal.tar`, `backup_manifest`."""
    dsn = f"host=127.0.0.1 port={server.port} user=postgres password={server.password} dbname=postgres"
    programs.run(
        *("dump", "pg_basebackup", "--format=tar", "--checkpoint=fast", "--no-sync"),
        f"--pgdata={into}",
        dsn=dsn,
    )


def unpack(base: Path, data: Path) -> None:
    """Make a data folder of a base backup: of its tar files, or of a plain copy. Raises `Broken`."""
    tars = {name: base / name for name in sorted(path.name for path in base.iterdir())}
    whole = next((file for name, file in tars.items() if _TAR.fullmatch(name)), None)
    if whole is None:
        if not (base / "PG_VERSION").exists():
            raise Broken(
                "restore", "it is no base backup: neither base.tar nor PG_VERSION is there"
            )
        shutil.copytree(base, data, symlinks=True)
        _check_version(data)
        return
    others = [name for name in tars if re.fullmatch(r"\d+\.tar(\.gz)?", name)]
    if others:
        raise NoVerdict(
            f"it has tablespaces ({', '.join(others)}), which this bench does not place"
        )
    _extract(whole, data)
    wal = next((file for name, file in tars.items() if _WAL_TAR.fullmatch(name)), None)
    if wal:
        _extract(wal, data / "pg_wal")
    _check_version(data)
    if "backup_manifest" in tars:
        shutil.copy(tars["backup_manifest"], data / "backup_manifest")


def verify(data: Path) -> str:
    """What pg_verifybackup says of a data folder that nothing has started on. Raises `Broken`."""
    if not (data / "backup_manifest").exists():
        raise NoVerdict("the base backup has no backup_manifest: its files cannot be verified")
    programs.run("decode", "pg_verifybackup", "--exit-on-error", str(data))
    return "every file is as its manifest says"


def first_segment(data: Path) -> str:
    """The segment that recovery begins with. Raises `Broken`."""
    try:
        found = _START.search((data / "backup_label").read_text(encoding="utf-8"))
    except OSError:
        found = None
    if found is None:
        raise Broken("wal", "the base backup has no label that says where its log begins")
    return found[1]


def check_wal(archive: Path, first: str) -> str:
    """How many segments follow without a gap from `first`. Raises `Broken` naming those that lack."""
    names = [path.name for path in archive.iterdir()]
    lacking = segments.lacking(names, first)
    if lacking:
        raise Broken("wal", f"the log has a gap: {', '.join(lacking)} is not there")
    return f"{len(segments.segments(names))} segments without a gap"


def end(archive: Path) -> str:
    """
    The position of the last record that the archive holds: an end that is said, so that a gap is an error.

    Where the last segment cannot be read, its first byte. Raises `Broken` for an empty archive.
    """
    found = segments.segments(each.name for each in archive.iterdir())
    if not found:
        raise Broken("wal", "there is no segment of the log")
    last = archive / found[-1].name()
    # It ends with code 1 where the segment does, in the middle of nothing.
    _, out, _ = programs.finished([programs.tool("pg_waldump"), str(last)])
    records = _RECORD.findall(out)
    return records[-1] if records else found[-1].starts_at()


def replay(
    stack: Stack, folder: Path, *, run: str, archive: Path, target: Mapping[str, str]
) -> Cluster:
    """
    Bring `folder/data` to a target that is said: `recovery_target_time`, `_name` or `_lsn`.

    Raises `Broken` where PostgreSQL ends before it is there, `ValueError` without a target: recovery
    that is told none calls a gap the end.
    """
    if not any(key.startswith("recovery_target_") for key in target):
        raise ValueError(
            "a recovery without a target ends at the first gap, and says that all is well"
        )
    settings = {"restore_command": restore_command(archive), **target}
    return Cluster.recovered(stack, "replayed", run=run, folder=folder, settings=settings)


def _check_version(data: Path) -> None:
    """Raise `NoVerdict` for a cluster of another major version than our programs'."""
    said = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    if said != str(programs.VERSION):
        raise NoVerdict(
            f"it is of PostgreSQL {said}, and the programs here are of {programs.VERSION}"
        )


def _extract(file: Path, into: Path) -> None:
    into.mkdir(exist_ok=True)
    code, _, err = programs.finished(["tar", "-xf", str(file), "-C", str(into)])
    if code:
        raise Broken("restore", f"{file.name} cannot be unpacked: {telling(err)}")
