"""
The ledger of operations: JSON lines, only ever appended to.

`{ts, environment, action, outcome, operator, release, details}`; a line that is no such row is passed over.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from systems.chassis import instants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OK, FAILED = "ok", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One operation and how it ended."""

    environment: str
    action: str
    outcome: str
    operator: str
    release: str
    details: Mapping[str, Any] = field(default_factory=dict)
    ts: str = field(default_factory=instants.now)

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.outcome == OK


def append(file: Path, entry: Entry) -> None:
    """Write an entry down, whole, behind all others."""
    file.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(entry)) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(file: Path) -> list[Entry]:
    """All entries, oldest first; none where there is no ledger."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return list(_entries(lines))


def _entries(lines: list[str]) -> Iterator[Entry]:
    for line in lines:
        try:
            told = json.loads(line)
            names = Entry.__slots__
            yield Entry(**{name: told[name] for name in names})
        except (ValueError, KeyError, TypeError):
            continue
