"""
What a backup's folder or bucket lists, and which of it is restored.

A listing is lines: a name, or a JSON object with `name` and, if they are known, `at` (RFC 3339) and
`bytes`. A name alone tells its instant if it holds one: `kernel-20261121T093000Z.dump`,
`app_2026-11-21.sql.gz`, `2026-11-21T09:30:00Z/base.tar`. What tells none is no backup that a
schedule made, and is left out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

_INSTANT = re.compile(
    r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?:[T_-]?(\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?)?Z?(?!\d)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A backup as it is listed."""

    name: str
    #: When it was taken; aware.
    at: datetime
    #: `None` where the listing does not say.
    bytes: int | None = None

    @property
    def stem(self) -> str:
        """The name without its folder and endings: `kernel-20261121T093000Z`."""
        return self.name.rpartition("/")[2].partition(".")[0]


def listed(text: str) -> tuple[Artefact, ...]:
    """The backups of a listing, oldest first. Raises `ValueError` for a line of JSON that is none."""
    found = (_artefact(line.strip()) for line in text.splitlines() if line.strip())
    return tuple(sorted((each for each in found if each), key=lambda each: (each.at, each.name)))


def newest(artefacts: Iterable[Artefact]) -> Artefact | None:
    """The one that policy restores: the last that was taken."""
    return max(artefacts, key=lambda each: (each.at, each.name), default=None)


def lateness(found: Artefact | None, every: timedelta, now: datetime) -> str:
    """Why the schedule is not kept: nothing there, too old, or from the future; empty if it is."""
    if found is None:
        return "there is no backup"
    age = now - found.at
    if age > every:
        return f"the newest backup, {found.name}, is {_span(age)} old, and one is due every {_span(every)}"
    if -age > every:
        return f"the newest backup, {found.name}, is from the future: {found.at.isoformat()}"
    return ""


def _artefact(line: str) -> Artefact | None:
    if line.startswith("{"):
        said = json.loads(line)
        return _told(said)
    at = _instant(line)
    return Artefact(name=line, at=at) if at else None


def _told(said: dict[str, Any]) -> Artefact:
    name, at, size = said.get("name"), said.get("at"), said.get("bytes")
    if not isinstance(name, str) or not name:
        raise ValueError('a line of the listing is an object without a "name"')
    moment = datetime.fromisoformat(at) if isinstance(at, str) else _instant(name)
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            f'{name}: the listing tells no instant of it; give it an "at" with an offset'
        )
    if size is not None and type(size) is not int:
        raise ValueError(f"{name}: its bytes are {size!r}, no whole number")
    return Artefact(name=name, at=moment, bytes=size)


def _instant(name: str) -> datetime | None:
    """The first instant in a name, UTC; a day alone is its midnight."""
    for found in _INSTANT.finditer(name):
        parts = [int(part) for part in found.groups(default="0")]
        try:
            return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type] # six whole numbers
        except ValueError:
            continue
    return None


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.1f} d" if hours >= 48 else f"{hours:.1f} h"  # noqa: PLR2004 - two days
