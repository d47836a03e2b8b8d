"""
Backups as the target's own command makes them, in a folder of the check's own; and some that were made long ago.

    folder = Folder(deployment, tmp_path)
    folder.plant(timedelta(days=31))                 a valid backup of that age; its name
    end = folder.run(BACKUP_RETENTION_DAYS="30")      the command, run to its end
    folder.valid(), folder.names()
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from proofbook import NotAsked, NoVerdict
from proofbook.instruments.restore import Manifest, whole
from proofbook.instruments.restore.manifests import text
from proofbook.stack import Finished

if TYPE_CHECKING:
    from pathlib import Path

    from checks.kernel.adapter_deployment import Deployment
    from proofbook.instruments.restore import Backup

DAY = timedelta(days=1)
ENDING = ".manifest.json"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that a deployment's backups go to."""

    deployment: Deployment
    path: Path

    def run(self, **env: str) -> Finished:
        """
        Run the target's backup command.

        Raises `NotAsked` where it would dump other people's data, or runs in a container, which has folders of its
        own; `NoVerdict` if it never ends.
        """
        if not self.deployment.is_ours:
            raise NotAsked(
                "what a deployment backs up is no check's to dump",
                remedy="proofbook drill restore --system kernel",
            )
        command = self.deployment.system.commands.get("backup")
        if command is not None and command.image:
            raise NotAsked(
                "the backup command runs in a container, whose folders are not seen here"
            )
        end = self.deployment.twin.command("backup", env={"BACKUP_DIR": str(self.path), **env})
        if not isinstance(end, Finished):
            raise NoVerdict(f"the backup command did not end: {end.output[-300:]}")
        return end

    def made(self, **env: str) -> Backup:
        """The backup that a run of it makes. Raises `AssertionError` where there is none."""
        before = {each.file for each in self.valid()}
        end = self.run(**env)
        assert end.code == 0, f"no backup was made: {end.output[-300:]!r}"
        new = [each for each in self.valid() if each.file not in before]
        assert new, f"the backup command ended well and left no valid backup: {end.output!r}"
        return new[-1]

    def valid(self) -> tuple[Backup, ...]:
        """The valid backups, oldest first."""
        return whole(self.path)

    def names(self) -> frozenset[str]:
        """All files."""
        return frozenset(each.name for each in self.path.iterdir())

    def plant(self, age: timedelta) -> str:
        """A valid backup of that age: its name, without endings."""
        at = datetime.now(UTC) - age
        stem = f"kernel-{at:%Y%m%dT%H%M%SZ}"
        content = secrets.token_bytes(64)
        (self.path / f"{stem}.dump").write_bytes(content)
        manifest = Manifest(
            database="illuvrse",
            snapshot_at=at,
            server_version="16.0",
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        said = {"system": "kernel", "file": f"{stem}.dump", "format": "pg_dump-custom"}
        head = {
            "finishedAt": manifest.snapshot_at.isoformat(),
            "auditHead": {"count": 0, "headHash": None},
        }
        (self.path / f"{stem}{ENDING}").write_text(text(manifest, **said, **head))
        return stem
