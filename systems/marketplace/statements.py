"""How long each statement took: the slow ones are told and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace import timing

if TYPE_CHECKING:
    from systems.marketplace.events import Events


class Statements:
    """Hears of every statement of a store."""

    def __init__(self, events: Events, slow_ms: float) -> None:
        self._events = events
        self._slow_ms = slow_ms
        #: How many took longer than they should.
        self.slow = 0

    def __call__(self, query: str, milliseconds: float) -> None:
        """A query, by its file's name, took so long."""
        timing.add_statement(milliseconds)
        if milliseconds > self._slow_ms:
            self.slow += 1
            self._events.tell("db.slow_query", {"query": query, "ms": round(milliseconds, 1)})
