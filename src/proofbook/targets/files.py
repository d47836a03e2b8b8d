"""Find and read the target files of a project: the one place here that opens files."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from proofbook.effects import Effect
from proofbook.errors import Place, Problem, TargetError
from proofbook.targets import places
from proofbook.targets.parse import decoded, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.targets.model import Target

#: Where targets are found by name.
FOLDER = "targets"


def load(root: Path, name: str) -> Target:
    """
    The target of `targets/<name>.toml` under `root`; a name with `/` or `.toml` is a file's.

    If it may be changed and names any address, the other files are read for what they protect.
    Raises `TargetError`.
    """
    path = _path(root, name)
    if not path.is_file():
        raise _missing(root, name, path)
    text, shown = _text(path, root), _shown(path, root)
    target = parse(text, shown)
    if target.allowed is Effect.OBSERVES or not places.leads_out(decoded(text, shown)):
        return target
    return parse(text, shown, protected_addresses=_protected(root, path))


def names(root: Path) -> tuple[str, ...]:
    """The names of the targets under `root`, sorted."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in _files(root / FOLDER)))


def _protected(root: Path, path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for other in _others(root, path):
        shown = _shown(other, root)
        found |= places.protected(decoded(_text(other, root), shown), shown)
    return found


def _path(root: Path, name: str) -> Path:
    return Path(name) if "/" in name or name.endswith(".toml") else root / FOLDER / f"{name}.toml"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*.toml")) if path.is_file())


def _others(root: Path, path: Path) -> Iterator[Path]:
    """The project's targets and those beside `path`, each once, without `path`."""
    seen = {path.resolve()}
    for folder in (root / FOLDER, path.parent):
        for other in _files(folder):
            if other.resolve() not in seen:
                seen.add(other.resolve())
                yield other


def _text(path: Path, root: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _wrong(path, root, line, "is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise _wrong(path, root, 1, f"cannot be read: {os.strerror(error.errno or 0)}.") from None


def _shown(path: Path, root: Path) -> str:
    """As the user could type it anywhere: from the root, or in full where it lies elsewhere."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path.resolve())


def _wrong(path: Path, root: Path, line: int, message: str) -> TargetError:
    return TargetError([Problem(Place(_shown(path, root), line), message)])


def _missing(root: Path, name: str, path: Path) -> TargetError:
    there = names(root)
    near = get_close_matches(name, there, 1)
    guess = f"; did you mean {near[0]}?" if near else "."
    if there:
        told = f"there is no such target{guess} There are: {', '.join(there)}."
    else:
        told = "there is no such target, and no other; write it, or name a file: --target PATH."
    return _wrong(path, root, 1, told)
