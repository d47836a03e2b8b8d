"""Texts that checks keep: as evidence in the store, and by name in `reports/runs/<id>/attachments/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.attaching import FOLDER
from proofbook.redaction import redacted

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.handles import Handles
    from proofbook.pytest_plugin.keeping import Keeping
    from proofbook.pytest_plugin.places import Place


class Attachments:
    """Keeps what a check attaches; what an earlier try attached stays."""

    def __init__(self, awake: Awake, place: Place, handles: Handles, keeping: Keeping) -> None:
        self._awake, self._place, self._handles = awake, place, handles
        self._keeping = keeping

    def __call__(self, name: str, text: str) -> Path:
        """See `proofbook.attaching.Attach`."""
        folder = self._awake.folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self._keeping.keep(name, text)
        body = redacted(text, self._place.secrets)
        path, number = folder / f"{self._handles.label}.{name}", 1
        while not _is_written(path, body):
            number += 1
            path = folder / f"{self._handles.label}-{number}.{name}"
        return path


def _is_written(path: Path, body: str) -> bool:
    """Whether there was no such file before, and is now."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(body)
    except FileExistsError:
        return False
    return True
