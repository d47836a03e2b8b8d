"""
The backups that a target lists: `[systems.kernel.backups.<name>]`, its own commands, its own manifests.

    listing = Listing.of(twin, target, tmp_path)
    listing.names                              all that are listed, oldest first
    listing.newest_valid()                     of each kind that is described, the manifest of the last that is whole
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook import NotAsked, NoVerdict
from proofbook.instruments.restore import Broken, check_digest, manifest
from proofbook.instruments.restore.guards import decrypt
from proofbook.instruments.restore.sealing import key_of
from proofbook.instruments.restore.sources import Commanded, manifest_name
from proofbook.stack import Finished

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore import Manifest
    from proofbook.instruments.restore.artefacts import Artefact
    from proofbook.stack import Twin
    from proofbook.targets import Target

#: So many of the newest are looked at: one that is being written is not whole yet.
LOOKED_AT = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """One kind of backup, and what is listed of it, oldest first, without the manifests."""

    source: Commanded
    artefacts: tuple[Artefact, ...]

    def newest_valid(self, folder: Path) -> Manifest | None:
        """The manifest of the last one that is whole."""
        newest = self.artefacts[-LOOKED_AT:]
        found = (self._valid(each, folder) for each in reversed(newest))
        return next((each for each in found if each), None)

    def _valid(self, artefact: Artefact, folder: Path) -> Manifest | None:
        """Its manifest, if that is what was dumped. People's data is not fetched: then its length has to do."""
        backup = self.source.backup
        stem = folder / f"{backup.name}-{artefact.stem}"
        said, file = (stem.with_suffix(each) for each in (".manifest", ".dump"))
        try:
            self.source.fetch(manifest_name(backup.manifest or "", artefact), said)
            promised = manifest(said.read_text(encoding="utf-8"))
            if backup.is_production:
                return promised if artefact.bytes in (None, promised.bytes) else None
            self.source.fetch(artefact.name, file)
            key = key_of(self.source.key) if self.source.key else None
            check_digest(decrypt(file, stem.with_suffix(".plain"), key), promised)
        except (Broken, ValueError, OSError):
            return None
        return promised


@dataclass(frozen=True, slots=True)
class Listing:
    """All that a target lists."""

    kinds: tuple[Listed, ...]
    folder: Path

    @classmethod
    def of(cls, twin: Twin, target: Target, folder: Path) -> Listing:
        """What it lists now; a stand-in or twin has none until one is made. Raises `NotAsked`."""
        kinds = [each for each in twin.system.backups.values() if each.listing and each.manifest]
        if not kinds:
            raise NotAsked(
                f"systems.{twin.system.name}.backups says not how backups with a manifest are listed",
                remedy='[systems.kernel.backups.daily] list = ["…"], manifest = "{stem}.manifest.json"',
            )
        found = []
        for kind in kinds:
            if kind.make and target.kind != "deployment":
                _run(twin, "migrate")
                _run(twin, kind.make)
            source = Commanded(kind, twin.resolve, twin.resolve(kind.key) if kind.key else "")
            listed = source.listed()
            manifests = {manifest_name(kind.manifest or "", each) for each in listed}
            found.append(
                Listed(source, tuple(each for each in listed if each.name not in manifests))
            )
        return cls(tuple(found), folder)

    @property
    def names(self) -> tuple[str, ...]:
        """All that are listed."""
        return tuple(each.name for kind in self.kinds for each in kind.artefacts)

    def newest_valid(self) -> tuple[Manifest, ...]:
        """Of each kind the newest that is whole, if there is one."""
        found = (kind.newest_valid(self.folder) for kind in self.kinds)
        return tuple(each for each in found if each)


def _run(twin: Twin, command: str) -> None:
    end = twin.command(command)
    if not (isinstance(end, Finished) and end.code == 0):
        raise NoVerdict(f"commands.{command} did not end well: {end.output[-300:]}")
