"""What happens to a traceback that nobody expected: a file, and a sentence that says where."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from proofbook import project
from proofbook.runs import new_id


def kept(error: BaseException) -> str:
    """The sentence for the person; the traceback stands in the file that it names."""
    text = "".join(traceback.format_exception(error))
    text += f"\nproofbook {' '.join(sys.argv[1:])}\nPython {sys.version}\n"
    return (
        f"Proofbook broke: {_said(error)}. This is its mistake, not yours; "
        f"the traceback is in {_written(text)}"
    )


def _said(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _written(text: str) -> str:
    """Where it could be written: the project's reports, or else the folder for temporary files."""
    name = f"crash-{new_id(datetime.now(UTC), secrets.token_hex(3))}.txt"
    root = project.root(Path.cwd())
    for folder in ([root / "reports"] if root else []) + [Path(tempfile.gettempdir())]:
        try:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return (
            os.path.relpath(folder / name)
            if folder.is_relative_to(Path.cwd())
            else str(folder / name)
        )
    return f"no file, since none could be written. It reads:\n{text}"
