"""Where backups come from: by the target's own commands, or out of a folder of this run."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.restore import artefacts, pgbackrest, programs
from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.segments import segment
from proofbook.stack.outcomes import telling
from proofbook.targets.placeholders import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proofbook.instruments.restore.artefacts import Artefact
    from proofbook.targets.model import Backup

#: The variable in which a command of the target finds the key.
KEY = "BACKUP_KEY"


class Source(Protocol):
    """What lists backups and fetches them."""

    def listed(self) -> tuple[Artefact, ...]:
        """What there is, oldest first. Raises `NoVerdict`."""

    def fetch(self, name: str, into: Path) -> None:
        """Bring one, or its manifest, to the path `into`. Raises `Broken`."""

    def wal(self, into: Path, first: str) -> None:
        """Bring the archived segments from `first` on into a folder. Raises `Broken`, `NoVerdict`."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """The target's `list`, `fetch`, `wal_list` and `wal_fetch`."""

    backup: Backup
    #: Fills the target's placeholders.
    resolve: Callable[[str], str]
    key: str = ""

    def listed(self) -> tuple[Artefact, ...]:
        """See `Source`."""
        if self.backup.listing is None:
            raise NotAsked(
                f"backups.{self.backup.name} says not how it is listed", remedy="list = […]"
            )
        code, out, err = self._run(self.backup.listing, {})
        if code:
            raise NoVerdict(f"list ended with code {code}: {telling(err or out)}")
        try:
            is_theirs = self.backup.kind == "pgbackrest"
            return pgbackrest.backups(out) if is_theirs else artefacts.listed(out)
        except ValueError as error:
            raise NoVerdict(f"what list prints cannot be read: {error}") from None

    def fetch(self, name: str, into: Path) -> None:
        """See `Source`."""
        stem = name.rpartition("/")[2].partition(".")[0]
        words = {"artefact": name, "stem": stem, "file": str(into)}
        self._brought(self.backup.fetch or (), words, into, "fetch")

    def wal(self, into: Path, first: str) -> None:
        """See `Source`."""
        if self.backup.wal_list is None or self.backup.wal_fetch is None:
            raise NotAsked(
                f"backups.{self.backup.name} says not where its log is",
                remedy="wal_list = […], wal_fetch = […]",
            )
        code, out, err = self._run(self.backup.wal_list, {})
        if code:
            raise NoVerdict(f"wal_list ended with code {code}: {telling(err or out)}")
        for name in out.split():
            file = into / name.rpartition("/")[2]
            if not is_wanted(file.name, first):
                continue
            self._brought(self.backup.wal_fetch, {"segment": name, "file": str(file)}, file, "wal")

    def verify(self, name: str) -> str:
        """Let the target's own command check a backup where it lies. Raises `Broken`."""
        if self.backup.verify is None:
            raise NotAsked(
                f"backups.{self.backup.name} says not how it is verified", remedy="verify = […]"
            )
        code, out, err = self._run(self.backup.verify, {"artefact": name})
        if code:
            raise Broken("decode", f"verify ended with code {code}: {telling(err or out)}")
        return pgbackrest.verified(out + err) if self.backup.kind == "pgbackrest" else "whole"

    def restore(self, words: Mapping[str, str]) -> None:
        """Let the target's own command restore. Raises `Broken`."""
        code, out, err = self._run(self.backup.restore or (), words)
        if code:
            raise Broken("restore", f"restore ended with code {code}: {telling(err or out)}")

    def _brought(
        self, command: tuple[str, ...], words: Mapping[str, str], into: Path, guard: str
    ) -> None:
        code, out, err = self._run(command, words)
        if code:
            raise Broken(guard, f"it ended with code {code}: {telling(err or out)}")
        if not into.exists():
            raise Broken(guard, f"it ended with code 0, and {into.name} is not there")

    def _run(self, command: tuple[str, ...], words: Mapping[str, str]) -> tuple[int, str, str]:
        argv = [self.resolve(_filled(word, words)) for word in command]
        told = {KEY: self.key} if self.key else {}
        return programs.finished(argv, env={**os.environ, **told})


@dataclass(frozen=True, slots=True)
class Folder:
    """What this run has made itself: `folder` holds artefacts and manifests, `archive` the log."""

    folder: Path
    archive: Path | None = None

    def listed(self) -> tuple[Artefact, ...]:
        """See `Source`."""
        return artefacts.listed("\n".join(sorted(each.name for each in self.folder.iterdir())))

    def fetch(self, name: str, into: Path) -> None:
        """See `Source`."""
        found = self.folder / name
        if not found.exists():
            raise Broken("fetch", f"{name} is not there")
        if found.is_dir():
            shutil.copytree(found, into)
        else:
            shutil.copyfile(found, into)

    def wal(self, into: Path, first: str) -> None:
        """See `Source`."""
        if self.archive is None:
            raise NotAsked("there is no archive of the log")
        for each in sorted(self.archive.iterdir()):
            if is_wanted(each.name, first):
                shutil.copyfile(each, into / each.name)


def is_wanted(name: str, first: str) -> bool:
    """Whether a file of an archive is needed from a segment on: later segments, and every history."""
    found, begin = segment(name), segment(first)
    if found is None:
        return name.endswith(".history")
    return begin is None or found.number >= begin.number


def manifest_name(pattern: str, artefact: Artefact) -> str:
    """The name of an artefact's manifest."""
    return pattern.replace("{artefact}", artefact.name).replace("{stem}", artefact.stem)


def _filled(word: str, words: Mapping[str, str]) -> str:
    """Our own words put in; what they hold is text, and no placeholder of the target."""
    for name, value in words.items():
        word = word.replace(f"{{{name}}}", literal(value))
    return word
