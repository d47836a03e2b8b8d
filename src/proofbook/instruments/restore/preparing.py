"""
What a drill restores at a stand-in or a twin, which has no backups: it runs, is filled, and is backed up.

The system's store archives its log from the beginning, so that its base backup can be brought to a point
in time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore import bases, dumps, guards, manifests, sealing
from proofbook.instruments.restore.archiving import archive_command
from proofbook.instruments.restore.cluster import Cluster
from proofbook.instruments.restore.places import give, let_in
from proofbook.instruments.restore.points import Points
from proofbook.instruments.restore.sibling import switch
from proofbook.instruments.restore.sources import Folder
from proofbook.stack import started
from proofbook.stack.outcomes import Finished, telling
from proofbook.stack.postgres import Postgres

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.drilling import Drilling
    from proofbook.instruments.restore.hooks import Hooks
    from proofbook.stack import Controlled, Stack, Twin
    from proofbook.targets.model import Backup

#: Names of what the drill itself makes.
MANIFEST = "{stem}.manifest.json"


@dataclass(slots=True)
class Origin:
    """A running twin whose store archives its log."""

    twin: Twin
    store: Cluster
    archive: Path
    #: The DSN of the system's database, for who owns it.
    url: str
    #: That database's name.
    database: str
    #: Those of the system, by name.
    processes: dict[str, Controlled]

    @classmethod
    def begun(cls, stack: Stack, twin: Twin, run: str) -> Origin:
        """Start the twin's store, let it archive, then start every process of the system."""
        role = twin.store_role
        at = twin.address(role)
        server = twin.store()
        if not isinstance(server, Postgres):
            raise NotAsked(
                f"{role} is not a PostgreSQL that we provide: no twin of it can be filled"
            )
        archive = let_in(stack.new_data("archive"))
        give(archive)
        store = Cluster(stack, run, server.folder, server)
        store.setting("archive_command", archive_command(archive))
        store.setting("archive_mode", "on")
        server.stop()
        server.start()
        processes = {
            name: started(twin.start(name), f"{twin.system.name}.{name}")
            for name in twin.system.processes
        }
        return cls(twin, store, archive, at.url, at.database, processes)

    def fill(self, hooks: Hooks) -> str:
        """Events, by the system's own checks."""
        return hooks.fill(self.twin, self.processes)

    def commanded(self, backup: Backup) -> str:
        """Run the target's own backup."""
        end = self.twin.command(backup.make or "")
        if not isinstance(end, Finished) or end.code:
            raise NoVerdict(f"commands.{backup.make} made no backup: {telling(end.output)}")
        return f"by commands.{backup.make}"

    def dumped(self, folder: Path, key: bytes | None) -> Folder:
        """A dump of our own, sealed if there is a key, its manifest beside it."""
        stem = f"{self.twin.system.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        file = folder / f"{stem}.dump"
        made = replace(dumps.dump(self.url, file), snapshot_at=datetime.now(UTC))
        _sealed(file, key)
        (folder / f"{stem}.manifest.json").write_text(
            manifests.text(made, system=self.twin.system.name, file=file.name), encoding="utf-8"
        )
        return Folder(folder)

    def based(self, folder: Path, key: bytes | None) -> tuple[Folder, Points]:
        """A base backup, its files sealed if there is a key, and points in the log after it."""
        into = folder / f"{self.twin.system.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        bases.take(self.store.server, into)
        for file in into.iterdir():
            _sealed(file, key)
        points = Points(self.store, self.url)
        points.lay()
        switch(self.store)
        return Folder(folder, self.archive), points

    def archiver(self) -> str:
        """Whether the store's log is archived."""
        return guards.archiver(self.store.rows(guards.ARCHIVER)[0])


def prepare(at: Drilling, origin: Origin) -> None:
    """Make what is to be restored: by the target's own command, or with its own kind's tools."""
    backup, folder = at.backup, at.stack.new_data("made")
    at.database, at.processes = origin.database, origin.processes
    if backup.make is not None:
        at.phases.run("make", lambda: origin.commanded(backup), vital=False)
    elif backup.listing is None and backup.kind == "pg_dump":
        at.backup = replace(backup, manifest=MANIFEST)
        at.source = at.phases.run("make", lambda: origin.dumped(folder, at.key), vital=False) or (
            at.source
        )
    elif backup.listing is None and backup.kind == "basebackup":
        made = at.phases.run("make", lambda: origin.based(folder, at.key), vital=False)
        if made is not None:
            at.source, at.points = made
            at.archiver = origin.archiver


def _sealed(file: Path, key: bytes | None) -> None:
    if key is None:
        return
    sealed = file.with_name(f"{file.name}.sealing")
    sealing.seal(file, sealed, key)
    sealed.replace(file)
