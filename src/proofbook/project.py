"""Where a project is, and the pages of its runbooks: the root is the folder that holds `gates.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.errors import Place, Problem, RunbookError

if TYPE_CHECKING:
    from pathlib import Path

#: The file that marks the root.
MARK = "gates.toml"


def root(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds `gates.toml`; `None` where none does."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / MARK).is_file()), None)


def pages(root: Path) -> dict[str, str]:
    """
    The text of every Markdown page below `runbooks/`, by its path from the root.

    Raises `RunbookError` with all pages that cannot be read or are not UTF-8.
    """
    texts: dict[str, str] = {}
    problems = []
    for file in sorted((root / "runbooks").rglob("*.md")):
        path = file.relative_to(root).as_posix()
        try:
            texts[path] = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            problems.append(Problem(Place(path, line), "this is not UTF-8; save the page as UTF-8"))
        except OSError as error:
            message = f"this page cannot be read: {error.strerror}"
            problems.append(Problem(Place(path, 1), message))
    if problems:
        raise RunbookError(problems)
    return texts
