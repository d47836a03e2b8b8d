"""How each kind of backup comes back: a dump, a base backup with its log, or by the target's own command."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore import bases, dumps, fetching, guards
from proofbook.instruments.restore.cluster import Cluster
from proofbook.instruments.restore.drilling import fresh, largest
from proofbook.instruments.restore.places import destroyed, give
from proofbook.instruments.restore.points import Point, heard
from proofbook.instruments.restore.sources import Commanded

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.restore.drilling import Drilling

_RESTORED = "restored"


def restore(at: Drilling) -> None:
    """Bring the chosen backup back, as its kind wants. Raises `Stopped`."""
    match at.backup.kind:
        case "pg_dump":
            _dump(at)
        case "basebackup":
            _base(at)
        case _:
            _by_command(at)


def _dump(at: Drilling) -> None:
    phases = at.phases
    fetching.fetch(at)
    fetching.decrypt(at)
    at.manifest = fetching.read_manifest(at)
    fetching.hold(at, at.clear)
    if not phases.keep("decode"):
        phases.run("decode", lambda: _decoded(at))
    if phases.keep("restore"):
        at.cluster = Cluster.standing(at.stack, _RESTORED, run=at.run, folder=at.place)
        at.clusters.append(at.cluster)
        at.cluster.adopt()
        at.database = _RESTORED
        return
    phases.run("cluster", lambda: _begun(at))
    phases.run("restore", lambda: _restored(at))


def _decoded(at: Drilling) -> str:
    dumps.check_decodes(at.clear)
    if at.manifest is None:
        return "whole"
    return f"whole, and of the database {guards.origin(at.clear, at.manifest)}"


def _begun(at: Drilling) -> str:
    destroyed(at.place)
    at.cluster = Cluster.fresh(at.stack, _RESTORED, run=at.run, folder=at.place)
    at.clusters.append(at.cluster)
    return "empty, on loopback, marked as this run's"


def _restored(at: Drilling) -> str:
    if at.cluster is None:
        raise NoVerdict("there is no cluster to restore into")
    at.database = _RESTORED
    database = at.cluster.empty(_RESTORED)
    try:
        dumps.restore(at.clear, database.url)
    finally:
        at.cluster.settle()
    return "to its end, with --exit-on-error"


def _base(at: Drilling) -> None:
    phases = at.phases
    fetching.fetch(at)
    fetching.decrypt(at)
    base, archive = at.work / "base", at.work / "archive"
    phases.run("restore", lambda: _unpacked(at, base))
    phases.run("decode", lambda: bases.verify(base))
    phases.run("wal", lambda: _logged(at, archive, base))
    if at.archiver is not None:
        phases.run("archiver", at.archiver, vital=False)
    at.manifest = at.points.manifest if at.points else None
    points = at.points.points if at.points else [_end(archive)]
    for point in points:
        phases.run(
            "replay" if point.is_last else f"replay to a {point.kind}",
            lambda point=point: _replayed(at, base, archive, point),  # type: ignore[misc] # bound now
        )


def _unpacked(at: Drilling, base: Path) -> str:
    at.sha256 = dumps.measured(largest(at.clear))[1]
    shutil.rmtree(base, ignore_errors=True)
    bases.unpack(at.clear, base)
    return "unpacked"


def _logged(at: Drilling, archive: Path, base: Path) -> str:
    first = bases.first_segment(base)
    at.source.wal(fresh(archive), first)
    give(archive)
    return bases.check_wal(archive, first)


def _end(archive: Path) -> Point:
    """The end of the log, as a position."""
    target = {"recovery_target_lsn": bases.end(archive)}
    return Point(kind="position", target=target, canaries=(), is_last=True)


def _replayed(at: Drilling, base: Path, archive: Path, point: Point) -> str:
    if at.cluster is not None:
        at.cluster.destroy()
        at.clusters.remove(at.cluster)
        at.cluster = None
    destroyed(at.place)
    at.place.mkdir()
    if point.is_last:
        base.rename(at.place / "data")
    else:
        shutil.copytree(base, at.place / "data", symlinks=True)
    at.cluster = bases.replay(at.stack, at.place, run=at.run, archive=archive, target=point.target)
    _taken(at, at.cluster)
    ((setting, value),) = point.target.items()
    told = f"to {setting.removeprefix('recovery_target_')} {value}"
    return f"{told}; {heard(at.cluster, point)}" if at.points else told


def _taken(at: Drilling, cluster: Cluster) -> None:
    """A cluster that came back whole: a role of ours in it, and the database that is looked at."""
    at.clusters.append(cluster)
    cluster.adopt()
    names = cluster.databases()
    if at.database not in names:
        at.database = names[0] if names else "postgres"


def _by_command(at: Drilling) -> None:
    phases = at.phases
    if at.backup.fetch is not None:
        fetching.fetch(at)
        fetching.decrypt(at)
    at.manifest = fetching.read_manifest(at)
    phases.run(
        "decode", lambda: _their(at).verify(at.artefact.name if at.artefact else ""), vital=False
    )
    takes_folder = any("{destination.data}" in word for word in at.backup.restore or ())
    if takes_folder:
        phases.run("restore", lambda: _commanded(at))
        phases.run("replay", lambda: _started(at))
        return
    phases.run("cluster", lambda: _begun(at))
    phases.run("restore", lambda: _commanded(at))


def _their(at: Drilling) -> Commanded:
    if not isinstance(at.source, Commanded):
        raise NotAsked("only the target's own commands know how to restore it")
    return at.source


def _commanded(at: Drilling) -> str:
    words = {"artefact": at.artefact.name if at.artefact else "", "file": str(at.clear)}
    if at.cluster is not None:
        at.database = _RESTORED
        database = at.cluster.empty(_RESTORED)
        words |= {"destination.url": database.url, "destination.port": str(database.port)}
    else:
        destroyed(at.place)
        (at.place / "data").mkdir(parents=True)
        words |= {"destination.data": str(at.place / "data")}
    _their(at).restore(words)
    return "by the target's own command"


def _started(at: Drilling) -> str:
    """A data folder that a command has filled, its own target of recovery in it."""
    at.cluster = Cluster.recovered(at.stack, _RESTORED, run=at.run, folder=at.place, settings={})
    _taken(at, at.cluster)
    return "it came up"
