"""The first phases: the newest backup chosen, room looked for, fetched, decrypted, held to its manifest."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore import dumps, guards, manifests, sealing, sources
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.drilling import fresh, removed, size

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.artefacts import Artefact
    from proofbook.instruments.restore.drilling import Drilling
    from proofbook.instruments.restore.manifests import Manifest

#: Room that a restore may take, in bytes of the backup: rows are compressed in it, and indexes left out.
ROOM_FACTOR = 12
_LEAST_ROOM = 256 << 20


def select(at: Drilling) -> None:
    """Choose the newest backup by policy, and see that there is room. Raises `Stopped`."""
    phases = at.phases
    phases.run("select", lambda: _select(at))
    phases.run("space", lambda: _space(at))


def _select(at: Drilling) -> str:
    listing = _backups(at)
    before = at.phases.passed_before("select")
    if before is not None:  # the run goes on with what it began with
        name = before.partition(",")[0]
        at.artefact = next((each for each in listing if each.name == name), None)
        if at.artefact is None:
            raise NoVerdict(f"{name}, which this run began with, is not listed any more")
    else:
        at.artefact = guards.schedule(listing, at.backup.every, at.started)
    return f"{at.artefact.name}, the newest of {len(listing)}"


def _backups(at: Drilling) -> tuple[Artefact, ...]:
    """What is listed, without the manifests, which lie beside their backups and are dated, too."""
    pattern = at.backup.manifest
    return tuple(
        each
        for each in at.source.listed()
        if pattern is None or sources.manifest_name(pattern, each) != each.name
    )


def _space(at: Drilling) -> str:
    count = (at.artefact.bytes if at.artefact else None) or 0
    wanted = max(_LEAST_ROOM, count * ROOM_FACTOR)
    free = shutil.disk_usage(at.work).free
    if free < wanted:
        raise NoVerdict(
            f"{size(free)} are free where it would be restored, and {size(wanted)} are wanted: "
            f"name a scratch with room, then go on with --resume {at.run}"
        )
    return f"{size(free)} free, {size(wanted)} wanted"


def fetch(at: Drilling) -> None:
    """Bring the backup here. Raises `Stopped`."""
    if at.phases.keep("fetch"):
        return

    def act() -> str:
        name = at.artefact.name if at.artefact else ""
        removed(at.fetched)
        at.source.fetch(name, at.fetched)
        count = sum(each.stat().st_size for each in _files(at.fetched))
        if not count:
            raise Broken("fetch", "it is empty")
        at.facts["bytes"] = str(count)
        return size(count)

    at.phases.run("fetch", act)


def decrypt(at: Drilling) -> None:
    """Bring it into the clear, file by file. Raises `Stopped`."""
    if not at.phases.keep("decrypt"):
        at.phases.run("decrypt", lambda: _decrypted(at))


def _decrypted(at: Drilling) -> str:
    key = at.key
    files = _files(at.fetched)
    sealed = [each for each in files if sealing.is_sealed(each)]
    if at.fetched.is_file():
        guards.decrypt(at.fetched, at.plain, key)
    elif sealed:
        fresh(at.plain)
        for each in files:
            found = guards.decrypt(each, at.plain / each.name, key)
            if found == each:
                shutil.copyfile(each, at.plain / each.name)
    if key is None:
        return "it is not encrypted"
    if not sealed:
        return "it came in the clear: its fetch was told the key"
    return f"with the key {sealing.key_id(key)}"


def read_manifest(at: Drilling) -> Manifest | None:
    """The manifest, fetched as its backup was. `None`: there is none, or it cannot be read."""
    if at.backup.manifest is None or at.artefact is None:
        return None
    file = at.work / "manifest.json"

    def act() -> Manifest:
        if at.artefact is not None and not file.exists():
            at.source.fetch(sources.manifest_name(at.backup.manifest or "", at.artefact), file)
        try:
            found = manifests.manifest(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Broken("manifest", f"the manifest cannot be read: {error}") from None
        at.facts["dumped_from"] = found.server_version
        return found

    return at.phases.run("manifest", act)


def hold(at: Drilling, file: Path) -> None:
    """Hold the dump to its manifest. Raises `Stopped` where there is one that it does not fit."""
    if not at.phases.keep("digest"):
        at.phases.run("digest", lambda: _digest(at, file), vital=at.manifest is not None)
    at.sha256 = at.sha256 or dumps.measured(file)[1]


def _digest(at: Drilling, file: Path) -> str:
    if at.manifest is None:
        raise NotAsked("there is no manifest to hold it to")
    at.sha256 = dumps.check_digest(file, at.manifest)
    return at.sha256


def _files(path: Path) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
