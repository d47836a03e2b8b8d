"""What a check was when it ran: its digest, and the commit of the suite."""

from __future__ import annotations

import ast
import contextlib
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

from proofbook.errors import RunbookError

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 20


class Sources:
    """The files of a project's checks, each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Path, str] = {}
        self._checks: dict[Path, str] = {}

    def digest(self, path: Path) -> str:
        """
        SHA-256, hexadecimal, of a check's file and every `conftest.py` from the root down to it.

        Of their normalised source: comments and formatting do not count. Where the file names the
        pages whose steps it runs, `STEPS = ("runbooks/coreos/rollback.md",)`, their steps count, too;
        and so do other files that it goes by, `READS = ("loadtests/jobsources.py",)`.
        """
        if path not in self._checks:
            inside = [folder for folder in path.parents if folder.is_relative_to(self._root)]
            chain = [*(folder / "conftest.py" for folder in reversed(inside)), path]
            found = {file: self._of_file(file) for file in chain}
            said = _said(path)
            found |= {
                self._root / page: _of_steps(self._root, page) for page in said.get("STEPS", ())
            }
            read = (self._root / file for file in said.get("READS", ()))
            found |= {file: self._of_file(file) for file in read}
            lines = [f"{self._shown(file)} {digest}\n" for file, digest in found.items() if digest]
            self._checks[path] = sha256("".join(lines).encode()).hexdigest()
        return self._checks[path]

    def _of_file(self, path: Path) -> str:
        """Of one file; empty where there is none. A file that is not Python counts as it is."""
        if path not in self._files:
            self._files[path] = sha256(normal).hexdigest() if (normal := _normal(path)) else ""
        return self._files[path]

    def _shown(self, path: Path) -> str:
        inside = path.is_relative_to(self._root)
        return path.relative_to(self._root).as_posix() if inside else path.name


def suite_commit(root: Path) -> str:
    """The commit that `root` is at, with `+` where its files may differ from it; "" outside git."""
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return ""
    return commit if _git(root, "status", "--porcelain") == "" else f"{commit}+"


def _said(path: Path) -> dict[str, tuple[str, ...]]:
    """What a check's file says in `STEPS` and in `READS`; nothing where that is no plain text."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=("STEPS" | "READS") as name)], value=value):
                with contextlib.suppress(ValueError, TypeError):
                    said = ast.literal_eval(value)
                    found[name] = (said,) if isinstance(said, str) else tuple(map(str, said))
    return found


def _of_steps(root: Path, page: str) -> str:
    """Of a page's steps, in their order; of all of it where they cannot be read, "" where it is not."""
    from proofbook import steps  # noqa: PLC0415 - most checks walk no page's steps

    try:
        text = (root / page).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    try:
        lines = [f"{step.name} {step.digest}\n" for step in steps.read(text, page)]
    except RunbookError:
        lines = [text]
    return sha256("".join(lines).encode()).hexdigest()


def _normal(path: Path) -> bytes:
    if not path.is_file():
        return b""
    raw = path.read_bytes()
    with contextlib.suppress(SyntaxError, ValueError):
        return ast.unparse(ast.parse(raw)).encode() or b"\n"
    return raw


def _git(root: Path, *words: str) -> str | None:
    """What git prints; `None` where it fails or is not there."""
    try:
        ran = subprocess.run(
            ["git", "-C", str(root), *words],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None
