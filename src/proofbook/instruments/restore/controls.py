"""What is damaged on purpose at every drill, and must be noticed."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.drills import Control
from proofbook.errors import NoVerdict, ProofbookError
from proofbook.instruments.restore import bases, guards, sealing
from proofbook.instruments.restore.artefacts import Artefact
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.segments import segment
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.instruments.restore.sibling import Sibling
    from proofbook.stack import Stack

#: What each control is called, in the order in which they are run.
NAMES = (
    "truncated-dump",
    "flipped-bit",
    "wrong-key",
    "empty-file",
    "yesterdays-backup",
    "other-database",
    "missing-segment",
    "failing-archive-command",
    "stale-schedule",
)
#: What a guard must have noticed: (guard, what it says).
Noticed = tuple[tuple[str, str], ...]
_DAY = timedelta(days=1)
_FAILS_SECONDS = 15.0


@dataclass(slots=True)
class Controls:
    """The nine controls, each on files of its own."""

    stack: Stack
    sibling: Sibling
    run: str
    key: bytes
    #: Whether the real backup has a manifest: without one, the guards have to notice without it.
    has_manifest: bool
    _count: int = 0

    def all(self, tell: Callable[[Control], None]) -> tuple[Control, ...]:
        """Run every control."""
        found = []
        for name in NAMES:
            control = self.one(name)
            tell(control)
            found.append(control)
        return tuple(found)

    def one(self, name: str) -> Control:
        """Do one damage, and see who notices."""
        act = getattr(self, f"_{name.replace('-', '_')}")
        try:
            noticed: Noticed = act()
        except ProofbookError as error:
            return Control(name=name, caught_by="", told=" ".join(str(error).split()), done=False)
        told = "; ".join(f"{guard}: {said}" for guard, said in noticed)
        by = ", ".join(dict.fromkeys(guard for guard, _ in noticed))
        return Control(name=name, caught_by=by, told=told)

    def _truncated_dump(self) -> Noticed:
        """As a full disk leaves it: the table of contents is whole, the rows are not."""
        file = self._copy(self.sibling.today)
        with file.open("r+b") as opened:
            opened.truncate(file.stat().st_size * 3 // 4)
        return self._examined(file)

    def _flipped_bit(self) -> Noticed:
        """In the dump as it is stored: sealed."""
        sealed = self._sealed(self.sibling.today)
        flip(sealed, sealed.stat().st_size // 2)
        return self._opened(sealed, self.key)

    def _wrong_key(self) -> Noticed:
        return self._opened(self._sealed(self.sibling.today), secrets.token_bytes(len(self.key)))

    def _empty_file(self) -> Noticed:
        """`pg_dump | gzip > file` without pipefail."""
        file = self._copy(self.sibling.today)
        file.write_bytes(b"")
        return self._examined(file)

    def _yesterdays_backup(self) -> Noticed:
        """A whole dump, and an older one than it says."""
        self._need_manifest()
        return self._examined(self._copy(self.sibling.yesterday))

    def _other_database(self) -> Noticed:
        self._need_manifest()
        return self._examined(self._copy(self.sibling.stranger))

    def _missing_segment(self) -> Noticed:
        """The gap that PostgreSQL alone takes for the end of the log."""
        archive = self._folder("archive")
        shutil.copytree(self.sibling.archive, archive, dirs_exist_ok=True)
        names = sorted(each.name for each in archive.iterdir() if each.name > self.sibling.first)
        finished = [name for name in names if segment(name)]
        if len(finished) < 2:  # noqa: PLR2004 - one to lose and one after it
            raise NoVerdict("the sibling's log is too short to lose a segment of")
        (archive / finished[0]).unlink()
        return _noticed(lambda: bases.check_wal(archive, self.sibling.first))

    def _failing_archive_command(self) -> Noticed:
        cluster = self.sibling.cluster
        before = cluster.setting("archive_command", "false")
        try:
            cluster.rows("SELECT pg_logical_emit_message(true, 'proofbook', 'to be archived')")
            cluster.rows("SELECT pg_switch_wal()")
            self._await_failure()
            return _noticed(lambda: guards.archiver(cluster.rows(guards.ARCHIVER)[0]))
        finally:
            cluster.setting("archive_command", before)

    def _stale_schedule(self) -> Noticed:
        """A job that has quietly ended: the newest backup is two days old, and one a day is due."""
        now = datetime.now(UTC)
        listing = [
            Artefact(name=f"app-{now - age * _DAY:%Y%m%dT%H%M%SZ}", at=now - age * _DAY)
            for age in (4, 3, 2)
        ]
        return _noticed(lambda: guards.schedule(listing, _DAY, now))

    def _need_manifest(self) -> None:
        if not self.has_manifest:
            raise NoVerdict(
                "the backup has no manifest: nobody can tell one whole dump from another"
            )

    def _await_failure(self) -> None:
        def failed() -> object:
            ((count,),) = self.sibling.cluster.rows("SELECT failed_count FROM pg_stat_archiver")
            return count

        if not until(failed, bool, _FAILS_SECONDS):
            raise NoVerdict(f"nothing was to be archived within {_FAILS_SECONDS:g} s")

    def _examined(self, file: Path) -> Noticed:
        """What is noticed of a dump that was damaged before it was sealed."""
        promised = self.sibling.manifest if self.has_manifest else None
        sealed, plain = file.with_suffix(".sealed"), file.with_suffix(".plain")
        sealing.seal(file, sealed, self.key)
        sealing.unseal(sealed, plain, self.key)
        self._count += 1
        name = f"control_{self._count}"
        return guards.examine(plain, promised, self.sibling.cluster, name)

    def _opened(self, sealed: Path, key: bytes) -> Noticed:
        return _noticed(lambda: sealing.unseal(sealed, sealed.with_suffix(".plain"), key))

    def _sealed(self, file: Path) -> Path:
        sealed = self._folder("sealed") / "it.sealed"
        sealing.seal(file, sealed, self.key)
        return sealed

    def _copy(self, file: Path) -> Path:
        return shutil.copyfile(file, self._folder("control") / "it.dump")

    def _folder(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.sibling.folder))


def flip(file: Path, at: int) -> None:
    """Flip the lowest bit of one byte of a file; a second time, it is as it was."""
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 1]))


def _noticed(act: Callable[[], object]) -> Noticed:
    try:
        act()
    except Broken as broken:
        return ((broken.guard, broken.told),)
    return ()
