"""
The guards of a drill: each looks at one thing, and raises `Broken` if it does not hold.

The drill runs them on the real backup, and its controls run the same ones on damaged siblings, so that a
guard that has gone blind shows on the same day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import dumps, fingerprints, programs, sealing
from proofbook.instruments.restore.artefacts import lateness, newest
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.manifests import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from proofbook.instruments.restore.artefacts import Artefact
    from proofbook.instruments.restore.cluster import Cluster
    from proofbook.instruments.restore.manifests import Manifest

#: Counts that are shown of what is wrong with many tables.
_SHOWN = 5
_DBNAME = re.compile(r"^;\s+dbname: (.*)$", re.MULTILINE)
ARCHIVER = """
SELECT failed_count, last_failed_wal, last_archived_wal,
       last_failed_time IS NOT NULL
         AND (last_archived_time IS NULL OR last_failed_time > last_archived_time) AS fails_now,
       (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE right(name, 6) = '.ready') AS waiting
FROM pg_stat_archiver
"""
#: Finished segments that wait to be archived: more, and the archiver does not keep up.
_WAITING = 8


def decrypt(file: Path, plain: Path, key: bytes | None) -> Path:
    """
    The dump in the clear: `plain`, or the file itself where it is not sealed.

    Raises `Broken` for another key, for damage, and for what is sealed where no key is named.
    """
    if not sealing.is_sealed(file):
        return file
    if key is None:
        raise Broken("decrypt", "it is sealed, and the target names no key")
    sealing.unseal(file, plain, key)
    return plain


def schedule(listing: Iterable[Artefact], every: timedelta | None, now: datetime) -> Artefact:
    """The newest backup, if the schedule is kept. Raises `Broken`."""
    found = newest(listing)
    if found is None:
        raise Broken("schedule", "there is no backup")
    if every is not None and (late := lateness(found, every, now)):
        raise Broken("schedule", late)
    return found


def origin(file: Path, promised: Manifest) -> str:
    """The database that a dump says it is of, if it is the manifest's. Raises `Broken`."""
    said = _DBNAME.search(programs.run("origin", "pg_restore", "--list", str(file)))
    if said is None:
        raise NoVerdict("the dump does not say which database it is of")
    if said[1] != promised.database:
        raise Broken("origin", f"it is of the database {said[1]}, not of {promised.database}")
    return said[1]


def content(promised: Manifest, found: Manifest) -> str:
    """Rows, fingerprints and schema version, if they are the manifest's. Raises `Broken`."""
    wrong = differences(promised, found)
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise Broken("content", f"{len(wrong)} differ: {'; '.join(wrong[:_SHOWN])}{more}")
    return f"{found.rows} rows in {len(found.tables)} tables, as the manifest says"


def archiver(row: Sequence[Any]) -> str:
    """What the row of `ARCHIVER` says. Raises `Broken` while archiving fails or falls behind."""
    failed, last_failed, last_archived, fails_now, waiting = row
    if fails_now:
        raise Broken("archiver", f"archiving fails: {failed} times, last at {last_failed}")
    if waiting > _WAITING:
        raise Broken("archiver", f"{waiting} segments wait to be archived")
    if last_archived is None:
        raise NoVerdict("nothing was ever archived")
    return f"archived up to {last_archived}"


def examine(
    file: Path, promised: Manifest | None, cluster: Cluster, name: str
) -> tuple[tuple[str, str], ...]:
    """
    Every guard that notices something about a dump in the clear, with what it says.

    Not one after the other: a control wants to know of each whether it still sees.
    """
    noticed = []
    for guard in _guards(file, promised, cluster, name):
        try:
            guard()
        except Broken as broken:
            noticed.append((broken.guard, broken.told))
    return tuple(noticed)


def _guards(
    file: Path, promised: Manifest | None, cluster: Cluster, name: str
) -> Iterable[Callable[[], object]]:
    if promised is not None:
        yield lambda: dumps.check_digest(file, promised)
    yield lambda: dumps.check_decodes(file)
    if promised is not None:
        yield lambda: origin(file, promised)
    yield lambda: _restored(file, promised, cluster, name)


def _restored(file: Path, promised: Manifest | None, cluster: Cluster, name: str) -> None:
    database = cluster.empty(name)
    dumps.restore(file, database.url)
    fingerprints.check_order(database.url)
    if promised is not None:
        content(promised, fingerprints.contents(database.url))
