"""How long a request took, and how much of that its statements did."""

from __future__ import annotations

import time
from contextvars import ContextVar

#: Milliseconds of the statements of the request under way; outside a request nobody counts.
_STATEMENTS: ContextVar[list[float] | None] = ContextVar("statements", default=None)


class Timing:
    """Of one request, from now on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._statements: list[float] = []
        _STATEMENTS.set(self._statements)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    @property
    def header(self) -> str:
        """`Server-Timing`: the application, and the database where it was asked; in milliseconds."""
        told = f"app;dur={self.seconds * 1000:.1f}"
        if self._statements:
            told += f", db;dur={sum(self._statements):.1f}"
        return told


def add_statement(milliseconds: float) -> None:
    """A statement of the request under way took so long."""
    statements = _STATEMENTS.get()
    if statements is not None:
        statements.append(milliseconds)
