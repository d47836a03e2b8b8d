"""Files beside a program, or in its container, that hold what only its environment is to hold."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook import NoVerdict
from proofbook.instruments.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from proofbook.instruments.facts import Facts
    from proofbook.stack import Controlled

#: What a repository holds is packed: its history is read otherwise.
_PACKED = ".git"
#: Folders of the kernel's own, where each process shows its environment.
_VIRTUAL = ("proc", "sys", "dev")
_SHOWN = tuple(f"/{name}" for name in _VIRTUAL)
_PIECE = 1 << 20


def files_holding(process: Controlled, marks: Collection[str], *, since: float) -> list[str]:
    """
    The files that hold a mark.

    Below the program's folder, its working directory, its home and its folder for temporary files; in a container,
    everywhere. `since`: files that were last changed before (seconds since the epoch) hold none of the marks.
    """
    if process.container is not None:
        return _in_container(facts_of(process), marks)
    files = {path for root in _roots(process.pid) for path in _files(root, since)}
    wanted = [mark.encode() for mark in marks]
    return sorted(str(path) for path in files if holds(path, wanted))


def _roots(pid: int) -> Iterator[Path]:
    """Where a program that writes something down would write it."""
    place = Path(f"/proc/{pid}")
    yield (cwd := (place / "cwd").resolve())
    told = dict(entry.partition("=")[::2] for entry in _words(place / "environ"))
    yield from (Path(told[name]) for name in ("HOME", "TMPDIR") if told.get(name))
    yield from (
        path.resolve().parent
        for word in _words(place / "cmdline")[1:]
        if (path := cwd / word).is_file()
    )


def _files(root: Path, since: float) -> Iterator[Path]:
    """Regular files below a folder that were changed since."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name != _PACKED and f"{folder}{name}" not in _SHOWN]
        for name in names:
            path = Path(folder, name)
            try:
                is_new = path.lstat().st_mtime >= since
            except OSError:
                continue  # gone meanwhile
            if is_new and path.is_file() and not path.is_symlink():
                yield path


def holds(path: Path, marks: Collection[bytes]) -> bool:
    """Whether a mark stands in a file, read piece by piece: it may be a large one."""
    longest, held = max(map(len, marks)), b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                held = held[-longest:] + piece
                if any(mark in held for mark in marks):
                    return True
    except OSError:
        pass
    return False


def _words(path: Path) -> list[str]:
    return [word for word in path.read_bytes().decode(errors="replace").split("\0") if word]


def _in_container(facts: Facts, marks: Collection[str]) -> list[str]:
    """Everything that a container's first process could read."""
    if not facts.said("grep -c . /etc/hosts"):
        raise NoVerdict("the container has no grep: its files cannot be looked through")
    folders = " ".join(
        f"/{shlex.quote(name)}" for name in facts.said("ls /").split() if name not in _VIRTUAL
    )
    wanted = " ".join(f"-e {shlex.quote(mark)}" for mark in marks)
    return sorted(facts.said(f"grep -rlsF {wanted} {folders}").splitlines())
