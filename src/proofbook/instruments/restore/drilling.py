"""What a drill of one backup needs, what it has found so far, and the record of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proofbook import drills
from proofbook.drills import Drill
from proofbook.errors import NoVerdict
from proofbook.instruments.restore import sealing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from pathlib import Path

    from proofbook.drills import Control
    from proofbook.instruments.restore.artefacts import Artefact
    from proofbook.instruments.restore.cluster import Cluster
    from proofbook.instruments.restore.hooks import Hooks
    from proofbook.instruments.restore.manifests import Manifest
    from proofbook.instruments.restore.phases import Phases
    from proofbook.instruments.restore.points import Points
    from proofbook.instruments.restore.sources import Source
    from proofbook.stack import Controlled, Stack, Twin
    from proofbook.targets import Target
    from proofbook.targets.model import Backup


@dataclass(slots=True, kw_only=True)
class Drilling:
    """Everything that a drill of one backup needs."""

    stack: Stack
    target: Target
    twin: Twin
    backup: Backup
    hooks: Hooks
    source: Source
    run: str
    #: A folder of this run's own, with room; gone at the end.
    work: Path
    phases: Phases
    tell_control: Callable[[Control], None]
    operator: str
    #: After which time it is to be drilled again.
    lasts: timedelta
    #: The key in the clear, its text as the target has it; "" without one.
    key_text: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    facts: dict[str, str] = field(default_factory=dict)
    #: Of the source itself, where it can be asked: whether its log is archived.
    archiver: Callable[[], str] | None = None
    started: datetime = field(init=False)
    artefact: Artefact | None = None
    manifest: Manifest | None = None
    found: Manifest | None = None
    #: What stands in the log at the points to recover to; `None`: the end of the log is the point.
    points: Points | None = None
    #: The database that the system keeps its state in.
    database: str = "restored"
    sha256: str = ""
    rpo_seconds: float | None = None
    cluster: Cluster | None = None
    #: The processes of the twin that run, by name.
    processes: dict[str, Controlled] = field(default_factory=dict)
    #: What was started on what was restored.
    service: Controlled | None = None
    #: Every cluster of this drill that may still run.
    clusters: list[Cluster] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = self.now()

    @property
    def key(self) -> bytes | None:
        """The key. Raises `NoVerdict` for a text that is none."""
        if not self.key_text:
            return None
        try:
            return sealing.key_of(self.key_text)
        except ValueError as error:
            raise NoVerdict(f"backups.{self.backup.name}: {error}") from None

    @property
    def known_key(self) -> bytes | None:
        """The key, if there is one and it is one."""
        try:
            return self.key
        except NoVerdict:
            return None

    @property
    def fetched(self) -> Path:
        """Where the backup is, as it was fetched."""
        return self.work / "fetched"

    @property
    def plain(self) -> Path:
        """Where it is in the clear, if it was sealed."""
        return self.work / "plain"

    def record(self, controls: tuple[Control, ...]) -> Drill:
        """What came of it."""
        done = tuple(self.phases.done)
        artefact, found = self.artefact, self.found
        key = self.known_key
        made = Drill(
            id=self.run,
            system=self.twin.system.name,
            backup=self.backup.name,
            backup_kind=self.backup.kind,
            target=self.target.called,
            kind=self.target.kind,
            data="production" if self.backup.is_production else "",
            operator=self.operator,
            started=text(self.started),
            finished=text(self.now()),
            artefact=artefact.name if artefact else "",
            taken=text(artefact.at) if artefact else "",
            sha256=self.sha256,
            key_id=sealing.key_id(key) if key else "",
            rpo_seconds=self.rpo_seconds,
            rto_seconds=drills.recovery_seconds(done),
            rows=found.rows if found else 0,
            tables=len(found.tables) if found else 0,
            phases=done,
            controls=controls,
            due="",
            facts=dict(self.facts),
        )
        return drills.put_off(made, self.lasts)

    @property
    def clear(self) -> Path:
        """Where the backup is as it can be restored: decrypted, if it was sealed."""
        return self.plain if self.plain.exists() else self.fetched

    @property
    def place(self) -> Path:
        """The folder of the cluster that it is restored into."""
        return self.work / "cluster"

    @property
    def url(self) -> str:
        """The DSN of what was restored."""
        if self.cluster is None:
            raise NoVerdict("nothing was restored")
        return self.cluster.url(self.database)


def removed(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def largest(path: Path) -> Path:
    """A file itself; of a folder, the largest file in it."""
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return max(files, key=lambda each: (each.stat().st_size, each.name))


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    removed(folder)
    folder.mkdir(parents=True)
    return folder


def size(count: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":  # noqa: PLR2004 - of one unit in the next
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError(count)


def text(at: datetime) -> str:
    """An instant as the record has it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
