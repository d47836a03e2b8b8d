"""What a check may leave beside its verdict: a schedule, a history, a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

#: Below a run's folder. A file there is called `<claim id>[-<case>].<name>`.
FOLDER = "attachments"


class Attach(Protocol):
    """The fixture `attach`."""

    def __call__(self, name: str, text: str) -> Path:
        """Keep `text`, without its secrets, as a file whose name ends in `name`; its path."""
