"""
Dead letters: callbacks that could not be delivered, each a file of its own until it was.

A letter holds what is to be sent and where to, and nothing that lets anybody send it: no token, no signature.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from systems.chassis import folders, instants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REFUSED = "refused"
ODD = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_NAME = 60


class NoLetter(Exception):
    """A file that is no letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A callback to be sent later."""

    callback_url: str
    payload: Mapping[str, Any]
    request_id: str = ""
    reason: str = ""
    created_at: str = field(default_factory=instants.now)


class Letters:
    """The letters in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, letter: Letter) -> Path:
        """Keep a letter: whole, for this user only, under a name that no other has, safe from a power cut."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = _name(letter)
        draft = self._folder / f".{name}.draft"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(_told(letter), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            # Whoever replays meanwhile sees the whole letter or none; a name that is taken is an error.
            os.link(draft, self._folder / name)
        finally:
            draft.unlink()
        folders.sync(self._folder)
        return self._folder / name

    def all(self) -> list[Path]:
        """The files that are letters, or should be, by name."""
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.glob("*.json") if _is_regular(path))

    def remove(self, path: Path) -> None:
        """Forget a letter that arrived."""
        path.unlink(missing_ok=True)

    def refuse(self, path: Path) -> None:
        """Lay a letter aside that the API will never take."""
        aside = self._folder / REFUSED
        aside.mkdir(exist_ok=True)
        taken = aside / path.name
        path.rename(taken if not taken.exists() else aside / f"{path.stem}-{uuid4().hex[:8]}.json")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within the block, nobody else replays this folder; waits for who does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with folders.alone(self._folder):
            yield


def read(path: Path) -> Letter:
    """The letter in a file. Raises NoLetter."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise NoLetter(type(error).__name__) from error
    if not isinstance(told, dict) or not isinstance(told.get("payload"), dict):
        raise NoLetter("it holds no payload")
    url = told.get("callbackUrl")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise NoLetter("it has no address")
    return Letter(
        callback_url=url,
        payload=told["payload"],
        request_id=str(told.get("requestId") or ""),
        reason=str(told.get("reason") or ""),
        created_at=str(told.get("createdAt") or ""),
    )


def _told(letter: Letter) -> dict[str, object]:
    return {
        "callbackUrl": letter.callback_url,
        **({"requestId": letter.request_id} if letter.request_id else {}),
        "payload": letter.payload,
        "reason": letter.reason,
        "createdAt": letter.created_at,
    }


def _name(letter: Letter) -> str:
    """Whose it is, for people; when, and something that no other letter has."""
    ids = (letter.payload.get("runId"), letter.payload.get("sourceRunId"))
    whose = "-".join(ODD.sub("_", str(each))[:LONGEST_NAME] for each in ids if each)
    return f"{whose or 'run'}-{time.time_ns() // 1_000_000}-{uuid4().hex}.json"


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
