"""
A folder of a git repository, with all that it ever held.

    for path, content in Repository(folder).blobs(): ...

Raises `NotAsked` where there is no repository, or only a part of its history.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook import NotAsked, NoVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECONDS = 120
#: So many objects are held in memory at a time.
_AT_ONCE = 500
#: Whoever runs the suite may not be who owns the repository; nobody's settings or hooks have a say.
_GIT = (
    *("git", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null"),
    *("-c", "user.name=Proofbook", "-c", "user.email=proofbook@localhost"),
)


class Repository:
    """A folder at or below the root of a repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._see_history()

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """
        Path and content of each file of each commit, once for each content.

        Merges are not simplified: a file of a branch that was dropped was committed, too.
        """
        said = _git(self.folder, "rev-list", "--all", "--objects", "--full-history", "--", ".")
        paths = dict([*line.split(b" ", 1), b""][:2] for line in said.splitlines())
        names = list(paths)
        for start in range(0, len(names), _AT_ONCE):
            wanted = b"".join(b"%b\n" % name for name in names[start : start + _AT_ONCE])
            for name, content in _contents(_git(self.folder, "cat-file", "--batch", said=wanted)):
                yield paths[name].decode(errors="replace"), content

    def _see_history(self) -> None:
        try:
            shallow = _git(self.folder, "rev-parse", "--is-shallow-repository").strip()
        except (OSError, NoVerdict) as error:
            raise NotAsked(f"{self.folder} is in no repository that git reads: {error}") from None
        if shallow == b"true":
            raise NotAsked(
                f"{self.folder} holds a part of its history only", remedy="git fetch --unshallow"
            )


@contextmanager
def scratch(files: Mapping[str, bytes]) -> Iterator[Repository]:
    """A repository in which these files were committed, and then removed; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="proofbook-history-") as place:
        folder = Path(place)
        _git(folder, "init", "--quiet")
        for name, content in files.items():
            (folder / name).write_bytes(content)
        _git(folder, "add", "--", *files)
        _git(folder, "commit", "--quiet", "--message", "planted")
        _git(folder, "rm", "--quiet", "--", *files)
        _git(folder, "commit", "--quiet", "--message", "removed")
        folder.mkdir(exist_ok=True)  # git removes a folder that it has emptied
        yield Repository(folder)


def _contents(held: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of the blobs among the objects that git printed."""
    start = 0
    while start < len(held):
        end = held.index(b"\n", start)
        name, kind, size = held[start:end].split()
        if kind == b"blob":
            yield name, held[end + 1 : end + 1 + int(size)]
        start = end + 2 + int(size)


def _git(folder: Path, *words: str, said: bytes = b"") -> bytes:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ran = subprocess.run(
        [*_GIT, *words],
        cwd=folder,
        env={**plain, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        input=said,
        capture_output=True,
        check=False,
        timeout=_SECONDS,
    )
    if ran.returncode:
        heard = " ".join(ran.stderr.decode(errors="replace").split())
        raise NoVerdict(f"git {words[0]} in {folder}: {heard}")
    return ran.stdout
